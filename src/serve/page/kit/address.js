// Addresses, prefixes and ranges as text and as numbers. The server judges; this only tells them apart and counts.

/** `{bits, value}` of an IPv4 or IPv6 address (RFC 4291 §2.2), or null. */
export function parseAddress(text) {
  const v4 = parseV4(text);
  if (v4 !== null) return { bits: 32, value: v4 };
  const v6 = parseV6(text);
  return v6 === null ? null : { bits: 128, value: v6 };
}

/** `{kind: 'ip' | 'net' | 'as', text}` of what somebody typed, or null. */
export function recognise(typed) {
  const text = tidy(typed);
  if (parseAddress(text)) return { kind: 'ip', text };
  const asn = parseAsn(text);
  if (asn !== null) return { kind: 'as', text: String(asn) };
  return parseRange(text) && { kind: 'net', text };
}

/** Without spaces, without the brackets that a URL has, and a dash of any length as `-`. */
const tidy = (text) => text.replace(/\s+/g, '').replace(/[\u2010-\u2015\u2212]/g, '-').replace(/\[([^[\]]*)\]/g, '$1');

/** The number of `13335`, `AS13335` or, with a dot (RFC 5396), `AS1.10`; null of anything else. */
function parseAsn(text) {
  const [, high, low] = /^as(\d{1,5})\.(\d{1,5})$/i.exec(text) ?? [];
  if (low !== undefined) return Math.max(high, low) < 2 ** 16 ? high * 2 ** 16 + Number(low) : null;
  const asn = Number(/^(?:as)?(\d{1,10})$/i.exec(text)?.[1] ?? NaN);
  return asn < 2 ** 32 ? asn : null;
}

/** `{bits, first, last}` of a prefix or `a-b`, or null. */
export function parseRange(text) {
  const [one, other, ...more] = tidy(text).split('-');
  if (more.length > 0) return null;
  if (other !== undefined) {
    const [first, last] = [parseAddress(one), parseAddress(other)];
    if (!first || !last || first.bits !== last.bits || last.value < first.value) return null;
    return { bits: first.bits, first: first.value, last: last.value };
  }
  const [address, length, ...rest] = one.split('/');
  if (rest.length > 0) return null;
  const found = parseAddress(address);
  if (!found || !/^\d{1,3}$/.test(length ?? String(found.bits))) return null;
  const n = Number(length ?? found.bits);
  if (n > found.bits) return null;
  const low = (1n << BigInt(found.bits - n)) - 1n;
  return { bits: found.bits, first: found.value & ~low, last: found.value | low };
}

/** The smallest prefix around a range: `{bits, first, length}`. */
export function around({ bits, first, last }) {
  let length = bits;
  for (let apart = first ^ last; apart > 0n; apart >>= 1n) length -= 1;
  const low = (1n << BigInt(bits - length)) - 1n;
  return { bits, first: first & ~low, length };
}

/** An address as text (RFC 5952). */
export function format({ bits, value }) {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, n) => (value >> BigInt(112 - 16 * n)) & 0xffffn);
  let best = { at: 0, size: 1 };
  for (let at = 0; at < 8; at += 1) {
    let size = 0;
    while (at + size < 8 && groups[at + size] === 0n) size += 1;
    if (size > best.size) best = { at, size };
  }
  const hex = (part) => part.map((group) => group.toString(16)).join(':');
  if (best.size < 2) return hex(groups);
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.size))}`;
}

/** A prefix as text. */
export const formatPrefix = ({ bits, first, length }) => `${format({ bits, value: first })}/${length}`;

function parseV4(text) {
  const parts = text.split('.');
  const isOctet = (part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
  if (parts.length !== 4 || !parts.every(isOctet)) return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text) {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return null;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = dotted ? parseV4(dotted[2]) : null;
  if (text.includes('.') && v4 === null) return null;
  const hex = dotted ? `${dotted[1]}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}` : text;
  const halves = hex.split('::');
  if (halves.length > 2) return null;
  const [head, tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
