// Look up: the start, an address, and an address on another day.

import { arrived } from '../kit/api.js';

/** `#/`, `#/ip/{address}`, `#/ip/{address}?date=YYYY-MM-DD`: each loads only what it needs. */
export async function render({ subject, query, signal }) {
  if (!subject) return (await arrived(import('./start.js'))).startPage(signal);
  const date = query.get('date');
  if (date) return (await arrived(import('./day.js'))).dayPage(subject, date, signal);
  return (await arrived(import('./address.js'))).addressPage(subject, signal);
}
