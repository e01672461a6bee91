// Counts and means as this view writes them.

import { count, decimal } from '../kit/format.js';
import { t } from './words.js';

/** `256 addresses`. */
export const addresses = (n) => t('addresses.n', { n, count: count(n) });

/** A mean score. */
export const mean = (value) => (value > 0 && value < 0.1 ? `<${decimal(0.1)}` : decimal(value));

/** The colour band of a verdict. */
export const BANDS = { clean: 'low', mixed: 'medium', risky: 'high', toxic: 'critical' };
