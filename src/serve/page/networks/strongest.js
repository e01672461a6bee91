// The signals that most addresses have.

import { SIGNALS } from '../kit/signals.js';

/** `[[name, {count, ratio}]]` of those that any address has, the most first, and of equals the gravest. */
export function strongest(signals, n = Infinity) {
  const names = [...new Set([...SIGNALS, ...Object.keys(signals)])];
  return names.map((name) => [name, signals[name]]).filter(([, part]) => part?.ratio > 0)
    .sort(([, one], [, other]) => other.ratio - one.ratio).slice(0, n);
}
