// What the colours of the map mean.

import { h } from '../kit/dom.js';
import { decimal, percent } from '../kit/format.js';
import { signalName } from '../kit/signals.js';
import { GROUPS, SCALE, decades, ticks } from './colours.js';
import { addresses } from './numbers.js';
import { t } from './words.js';

/** The key of `score`, `signals` or one signal's name: what words have texts for. */
const kindOf = (show) => (show === 'score' || show === 'signals' ? show : 'one');

/** `show` in words. */
export const whatIsShown = (show) => t(`what.${kindOf(show)}`, { name: signalName(show) });

/** The legend of a map: of what, the bits of a cell's addresses and its prefix length, and whether some is outside. */
export function legend({ show, cellBits, cellLength, hasOutside }) {
  const kind = kindOf(show);
  return [
    h('p', { class: 'small' }, t(`legend.${kind}`, { name: signalName(show) })),
    kind !== 'signals' && scale(kind, cellBits),
    h('ul', { class: 'swatches small' },
      kind === 'signals' && GROUPS.map(([name, colour]) => swatch(t(`group.${name}`), { '--swatch': colour })),
      swatch(t(`legend.none.${kind}`), {}),
      hasOutside && swatch(t('legend.outside'), {}, 'outside')),
    h('p', { class: 'small soft' }, cell(cellBits, cellLength), ' ', t('legend.curve')),
  ];
}

function swatch(name, style, kind = '') {
  return h('li', {}, h('span', { class: `swatch ${kind}`, style, 'aria-hidden': 'true' }), name);
}

function scale(kind, cellBits) {
  const all = ticks(cellBits);
  const lowest = decades(cellBits) > 0 ? '≤' : '';
  const text = (value) => (kind === 'score' ? decimal(value, 2) : percent(value / 100));
  return h('div', { class: 'scale small' },
    h('div', { class: 'ramp', style: { '--ramp': SCALE }, 'aria-hidden': 'true' }),
    h('ol', {}, all.map((value, n) => h('li', {}, `${n === 0 ? lowest : ''}${text(value)}`))));
}

function cell(cellBits, length) {
  if (cellBits === 0) return t('legend.single');
  return t('legend.cell', { length, size: addresses(cellBits > 52 ? String(2n ** BigInt(cellBits)) : 2 ** cellBits) });
}
