// Look up: the start, an address, and an address on another day.

/** `#/`, `#/ip/{address}`, `#/ip/{address}?date=YYYY-MM-DD`: each loads only what it needs. */
export async function render({ subject, query, signal }) {
  if (!subject) return (await import('./start.js')).startPage(signal);
  const date = query.get('date');
  if (date) return (await import('./day.js')).dayPage(subject, date, signal);
  return (await import('./address.js')).addressPage(subject, signal);
}
