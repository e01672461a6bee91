// States as marks: each has a shape of its own beside its word.

import { h, s } from '../kit/dom.js';
import { stateName } from '../kit/states.js';

const SHAPES = {
  fresh: 'M3.5 8.5l3 3 6-7',
  unchanged: 'M3.5 6h9M3.5 10h9',
  stale: 'M8 4v4l3 2M14 8a6 6 0 1 1-12 0a6 6 0 0 1 12 0',
  rejected: 'M4 4l8 8M12 4l-8 8',
  missing: 'M14 8a6 6 0 1 1-12 0a6 6 0 0 1 12 0M5.5 8h5',
  disabled: 'M6 4v8M10 4v8',
};

/** The mark of a state; the word is for who reads. */
export function mark(state) {
  const shape = s('path', { d: SHAPES[state] ?? 'M4 8h8' });
  return s('svg', { class: 'mark', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, shape);
}

/** Mark and word. */
export function stateLabel(state) {
  return h('span', { class: 'state', dataset: { state } }, mark(state), stateName(state));
}
