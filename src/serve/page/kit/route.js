// Permalinks: what is shown is in the address bar, after `#`.
//
//   #/                      the start        #/net/185.220.101.0/24?show=is_vpn    a prefix or a range
//   #/ip/185.220.101.45     an address       #/as/13335                            an autonomous system
//   #/releases/20261120.1   a release        #/feeds?q=tor      #/api/lookup_ip

/** Browsers refuse to have the address bar changed too often: what is typed is noted when a pause is made. */
const PAUSE = 300;

/** An entry of the history that was shown already: who comes back to it keeps the place on the page. */
const SHOWN = { isShown: true };

/** `{view, subject, query}` of a hash; `view` is '' at the start. */
export function parse(hash) {
  const [path, query = ''] = split(hash.replace(/^#?\/?/, ''));
  const [view, subject = ''] = split(path, '/');
  return { view, subject: decoded(subject), query: new URLSearchParams(query) };
}

/** The hash of a view; query values that are '', null or undefined are left out, those of URLSearchParams stay. */
export function link(view, subject = '', query = {}) {
  const params = query instanceof URLSearchParams ? query
    : new URLSearchParams(Object.entries(query).filter(([, value]) => (value ?? '') !== ''));
  const path = subject ? `${view}/${encodeURI(subject).replace(/[?#]/g, encodeURIComponent)}` : view;
  const text = String(params);
  return `#/${path}${text && `?${text}`}`;
}

/** Goes there; who is there already sees it anew. */
export function go(hash) {
  if (location.hash === hash) dispatchEvent(new Event('ipmint:again'));
  else location.hash = hash;
}

/** What is shown, as a link to pass on. */
export const permalink = () => location.origin + location.pathname + location.hash;

/** Notes that an entry of the history is shown: true if it was before. */
export function isBack() {
  if (history.state?.isShown) return true;
  replace(location.hash);
  return false;
}

/** Says in the address bar where a view went by itself; the head follows. */
export function went(hash) {
  if (location.hash === hash) return;
  change('pushState', hash);
  dispatchEvent(new Event('ipmint:went'));
}

/** Says in the address bar what is shown, in place of what it says; nothing is drawn anew. */
export function replace(hash) {
  change('replaceState', hash);
}

/** Puts values into the query of the address bar, or takes out what is '' or null; nothing is drawn anew. */
export function remember(values) {
  const { view, subject, query } = parse(location.hash);
  replace(link(view, subject, { ...Object.fromEntries(query), ...values }));
}

/** `{soon, now}`: both call `write`, one after a pause and not once `signal` has ended. */
export function noting(write, signal) {
  let late;
  signal.addEventListener('abort', () => clearTimeout(late));
  const now = () => {
    clearTimeout(late);
    write();
  };
  const soon = () => {
    clearTimeout(late);
    late = setTimeout(now, PAUSE);
  };
  return { soon, now };
}

function change(how, hash) {
  try {
    history[how](SHOWN, '', hash || location.pathname + location.search);
  } catch {
    // The browser had enough of them; what is shown is not less right.
  }
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
