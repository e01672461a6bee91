// Sentences with code in them.

import { h } from '../kit/dom.js';

/** Text in which what stands between backquotes is code. */
export function spoken(text) {
  return text.split('`').map((part, n) => (n % 2 === 1 ? h('code', {}, part) : part));
}
