// Prefixes and ranges: their sizes, names, links, and what lies further in and out.

import { around, format, formatPrefix } from '../kit/address.js';
import { link } from '../kit/route.js';

/** The last address of a prefix. */
export const lastOf = ({ bits, first, length }) => first + (1n << BigInt(bits - length)) - 1n;

/** The prefix of a length that has an address. */
export const prefixOf = (bits, value, length) => {
  const low = BigInt(bits - length);
  return { bits, first: (value >> low) << low, length };
};

/** Whether a prefix has an address. */
export const holds = (prefix, value) => value >= prefix.first && value <= lastOf(prefix);

/** Whether a range is the whole of a prefix. */
export const isPrefix = (range) => {
  const whole = around(range);
  return range.first === whole.first && range.last === lastOf(whole);
};

/** A range as short as it goes: an address, a prefix, or `a-b`. */
export function rangeText(range) {
  const { bits, first, last } = range;
  if (first === last) return format({ bits, value: first });
  if (isPrefix(range)) return formatPrefix(around(range));
  return `${format({ bits, value: first })}-${format({ bits, value: last })}`;
}

/** Where everything about a range is. */
export const rangeLink = (range, query) =>
  (range.first === range.last ? link('ip', rangeText(range)) : link('net', rangeText(range), query));

/** The length one step further in: the next multiple of four that is two bits away at least. */
export const inward = (bits, length) => Math.min(bits, 4 * (Math.floor((length + 1) / 4) + 1));

/** The length one step further out. */
export const outward = (length) => Math.max(0, 4 * (Math.ceil((length - 1) / 4) - 1));

/** The prefixes around one at whole octets or groups, from the outermost. */
export function ancestors({ bits, first, length }) {
  const step = bits === 32 ? 8 : 16;
  return Array.from({ length: Math.ceil(length / step) }, (_, n) => prefixOf(bits, first, n * step));
}

/** What a prefix is called inside another: only what that does not say, `.37`, `.32/12`, `185`, `:fc00`. */
export function shortName(outer, prefix) {
  const isV4 = prefix.bits === 32;
  const step = isV4 ? 8 : 16;
  const known = Math.floor(outer.length / step);
  const said = Math.max(1, Math.ceil(prefix.length / step));
  const parts = Array.from({ length: said - known }, (_, n) => {
    const part = (prefix.first >> BigInt(prefix.bits - step * (known + n + 1))) & ((1n << BigInt(step)) - 1n);
    return part.toString(isV4 ? 10 : 16);
  });
  const separator = isV4 ? '.' : ':';
  const rest = isV4 && prefix.length % step ? `/${prefix.length}` : '';
  return (known ? separator : '') + parts.join(separator) + rest;
}
