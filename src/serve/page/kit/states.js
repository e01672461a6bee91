// States of feeds: their order and their names.

import { t } from './words.js';

/** The worst first. */
export const STATES = ['rejected', 'missing', 'stale', 'unchanged', 'fresh', 'disabled'];

/** A state in words; one that this page does not know is said as it is. */
export const stateName = (state) => t.or(`state.${state}`, state);
