// Shares and counts as this view writes them.

import { count, decimal, percent } from '../kit/format.js';
import { t } from './words.js';

/** A share in percent; what is less than all is never written as all. */
export function share(ratio, { whole = ratio >= 1 } = {}) {
  return ratio > 0.9995 && !whole ? `>${percent(0.999)}` : percent(ratio);
}

/** A share of `{count, ratio}` of a total. */
export const shareOf = (part, total) => share(part.ratio, { whole: String(part.count) === String(total) });

/** `256 addresses`. */
export const addresses = (n) => t('addresses', { n, count: count(n) });

/** A mean score. */
export const mean = (value) => (value > 0 && value < 0.1 ? `<${decimal(0.1)}` : decimal(value));

/** The colour band of a verdict. */
export const BANDS = { clean: 'low', mixed: 'medium', risky: 'high', toxic: 'critical' };
