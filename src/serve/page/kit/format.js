// Numbers and dates as the reader's language writes them.

import { language } from './words.js';

const made = new Map();

function formatter(kind, options) {
  const name = `${language()} ${kind.name} ${JSON.stringify(options)}`;
  if (!made.has(name)) made.set(name, new kind(language(), options));
  return made.get(name);
}

/** A count: a number, or a decimal string over 2^53. From a million on in short, unless `exact`. */
export function count(value, { exact = false } = {}) {
  const number = typeof value === 'string' ? BigInt(value) : value;
  if (exact || number < 1e6) return formatter(Intl.NumberFormat, {}).format(number);
  if (number >= 1e15) return `${formatter(Intl.NumberFormat, { maximumSignificantDigits: 3, notation: 'scientific' }).format(number)}`;
  return formatter(Intl.NumberFormat, { notation: 'compact', maximumSignificantDigits: 3 }).format(number);
}

/** A ratio of 0 to 1 in percent; what is more than none is never written as none. */
export function percent(ratio) {
  if (ratio > 0 && ratio < 0.0001) return `<${percent(0.0001)}`;
  const digits = ratio >= 0.1 || ratio === 0 ? 1 : 2;
  return formatter(Intl.NumberFormat, { style: 'percent', maximumFractionDigits: digits }).format(ratio);
}

/** Bytes with their unit. */
export function bytes(n) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let place = 0;
  let value = n;
  while (value >= 1000 && place < units.length - 1) [value, place] = [value / 1000, place + 1];
  const options = { style: 'unit', unit: units[place], unitDisplay: place ? 'short' : 'long', maximumSignificantDigits: 3 };
  return formatter(Intl.NumberFormat, options).format(value);
}

/** A day, of `YYYY-MM-DD` or of Unix seconds. */
export function day(value) {
  const date = typeof value === 'number' ? new Date(value * 1000) : new Date(`${value}T00:00:00Z`);
  return formatter(Intl.DateTimeFormat, { dateStyle: 'medium', timeZone: 'UTC' }).format(date);
}

/** `3 days ago`. */
export function daysAgo(n) {
  return formatter(Intl.RelativeTimeFormat, { numeric: 'auto' }).format(-n, 'day');
}

/** A number with so many digits after the point at most. */
export function decimal(value, digits = 1) {
  return formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** Names in a row: `a, b and c`. */
export function list(names) {
  return formatter(Intl.ListFormat, {}).format(names);
}

/** A country's name by its code (ISO 3166-1). */
export function country(code) {
  try {
    return formatter(Intl.DisplayNames, { type: 'region' }).of(code);
  } catch {
    return code;
  }
}
