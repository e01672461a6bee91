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
  if (number >= 1e15) return power(Number(number));
  return formatter(Intl.NumberFormat, { notation: 'compact', maximumSignificantDigits: 3 }).format(number);
}

/** `4.25×10³⁷`: the words for so many differ from one language's speakers to the next. */
function power(number) {
  const [digits, exponent] = number.toExponential(2).split('e+');
  return `${decimal(Number(digits), 2)}×10${exponent.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit])}`;
}

/** A ratio of 0 to 1 in percent; what is more than none is never written as none. */
export function percent(ratio) {
  if (ratio > 0 && ratio < 0.0001) return `<${percent(0.0001)}`;
  const digits = ratio >= 0.1 || ratio === 0 ? 1 : 2;
  return formatter(Intl.NumberFormat, { style: 'percent', maximumFractionDigits: digits }).format(ratio);
}

/** A share in percent; what is less than all is never written as all. */
export function share(ratio, { whole = ratio >= 1 } = {}) {
  return ratio >= 0.9995 && !whole ? `>${percent(0.999)}` : percent(ratio);
}

/** A share of `{count, ratio}` of a total. */
export const shareOf = (part, total) => share(part.ratio, { whole: String(part.count) === String(total) });

/** Bytes with their unit. */
export function bytes(n) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let place = 0;
  let value = n;
  while (value >= 1000 && place < units.length - 1) [value, place] = [value / 1000, place + 1];
  const unit = { style: 'unit', unit: units[place], unitDisplay: place ? 'short' : 'long' };
  return formatter(Intl.NumberFormat, { ...unit, maximumSignificantDigits: 3 }).format(value);
}

/** A day, of `YYYY-MM-DD` or of Unix seconds. */
export function day(value) {
  const date = typeof value === 'number' ? new Date(value * 1000) : new Date(`${value}T00:00:00Z`);
  return formatter(Intl.DateTimeFormat, { dateStyle: 'medium', timeZone: 'UTC' }).format(date);
}

/** The day of Unix seconds as `YYYY-MM-DD`. */
export const isoDay = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

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
