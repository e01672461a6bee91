// Permalinks: what is shown is in the address bar, after `#`.
//
//   #/                      the start        #/net/185.220.101.0/24?show=is_vpn    a prefix or a range
//   #/ip/185.220.101.45     an address       #/as/13335                            an autonomous system
//   #/releases/20261120.1   a release        #/feeds?q=tor      #/api/lookup_ip

/** `{view, subject, query}` of a hash; `view` is '' at the start. */
export function parse(hash) {
  const [path, query = ''] = split(hash.replace(/^#?\/?/, ''));
  const [view, subject = ''] = split(path, '/');
  return { view, subject: decoded(subject), query: new URLSearchParams(query) };
}

/** The hash of a view; query values that are '' , null or undefined are left out. */
export function link(view, subject = '', query = {}) {
  const params = new URLSearchParams(Object.entries(query).filter(([, value]) => (value ?? '') !== ''));
  const path = subject ? `${view}/${encodeURI(subject)}` : view;
  return `#/${path}${params.size ? `?${params}` : ''}`;
}

/** Goes there. */
export function go(hash) {
  location.hash = hash;
}

/** Says in the address bar where a view went by itself; the head follows. */
export function went(hash) {
  if (location.hash === hash) return;
  history.pushState(null, '', hash);
  dispatchEvent(new Event('ipmint:went'));
}

/** Puts values into the query of the address bar, or takes out what is '' or null; nothing is drawn anew. */
export function remember(values) {
  const { view, subject, query } = parse(location.hash);
  history.replaceState(null, '', link(view, subject, { ...Object.fromEntries(query), ...values }));
}

function split(text, at = '?') {
  const place = text.indexOf(at);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
