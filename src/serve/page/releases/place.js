// What is chosen within the view, kept in the address bar.

import { link, parse } from '../kit/route.js';

/** Puts values into the query of the address bar; nothing is drawn anew. */
export function remember(values) {
  const { view, subject, query } = parse(location.hash);
  history.replaceState(null, '', link(view, subject, { ...Object.fromEntries(query), ...values }));
}
