// Numbers as the page writes them in English, read back: what is shown may be rounded, but not wrong.

import assert from 'node:assert/strict';

const UNITS = { '': 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };
const BYTES = { byte: 1, bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** There is no such number. */
function none(what, shown) {
  assert.fail(`${what}: “${shown}” is no number of that kind`);
}

/** Fails unless a share such as `12.3%`, `<0.01%` or `>99.9%` is what a ratio of 0 to 1 comes to. */
export function isShare(shown, ratio, what) {
  const [, sign, digits] = /^([<>]?)([\d.]+)%/.exec(shown.trim()) ?? none(what, shown);
  const value = Number(digits) / 100;
  if (sign === '<') return assert.ok(ratio > 0 && ratio < value, `${what}: ${shown} of ${ratio}`);
  if (sign === '>') return assert.ok(ratio < 1 && ratio > value, `${what}: ${shown} of ${ratio}`);
  assert.ok(Math.abs(value - ratio) <= 0.0005000001, `${what}: ${shown} of ${ratio}`);
  if (ratio > 0) assert.ok(value > 0, `${what}: ${shown} of ${ratio}`);
  return undefined;
}

/** Fails unless a count such as `1,234`, `3.68B` or `4.25×10³⁷` is a number, or decimal digits over 2^53. */
export function isCount(shown, exact, what) {
  const text = shown.trim().replaceAll(',', '').replace(/^[+−]/, '');
  const [, digits, unit, power] = /^([\d.]+)([KMBT]?)(?:×10([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?$/.exec(text) ?? none(what, shown);
  const exponent = Array.from(power ?? '', (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)).join('');
  const [value, wanted] = [Number(digits) * UNITS[unit] * 10 ** Number(exponent), Number(exact)];
  const slack = unit === '' && !power ? 0 : 0.005 * wanted;
  assert.ok(Math.abs(value - wanted) <= slack, `${what}: ${shown} of ${exact}`);
}

/** Fails unless a size such as `52.1 kB` is that of so many bytes. */
export function isSize(shown, bytes, what) {
  const [, digits, unit] = /([\d.]+)\s*(bytes?|[kMGT]B)\s*$/.exec(shown) ?? none(what, shown);
  assert.ok(Math.abs(Number(digits) * BYTES[unit] - bytes) <= 0.0051 * bytes, `${what}: ${shown} of ${bytes}`);
}

/** Fails unless points such as `+45.8`, `−7.8` or `±0` are what parts per million come to. */
export function isPoints(shown, ppm, what) {
  const [, sign, digits] = /^([+−±])([\d.]+)/.exec(shown.trim()) ?? none(what, shown);
  const value = Number(digits) * (sign === '−' ? -1 : 1);
  assert.ok(Math.abs(value - ppm / 1e4) <= 0.0501, `${what}: ${shown} of ${ppm} ppm`);
}

/** A day as the page writes it in English. */
export function dayText(value) {
  const date = typeof value === 'number' ? new Date(value * 1000) : new Date(`${value}T00:00:00Z`);
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(date);
}
