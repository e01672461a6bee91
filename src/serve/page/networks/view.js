// Networks: `#/net/…` a prefix or a range with its map, `#/as/…` an autonomous system.

import { renderAs } from './as.js';
import { renderNet } from './net.js';

/** `{title, content}` of what the address bar names. */
export async function render(route) {
  return route.view === 'as' ? renderAs(route) : renderNet(route);
}
