// Floors: the score that a category asks for, and what became of it.

import { h } from '../kit/dom.js';
import { percent } from '../kit/format.js';
import { card, table } from '../kit/parts.js';
import { nameOf } from './names.js';
import { outcome } from './reasons.js';
import { t } from './words.js';

/** The card. */
export function floorsCard(floors) {
  const columns = [
    [t('floors.category')], [t('floors.floor'), 'number'], [t('floors.certain'), 'number'], [t('floors.outcome')],
  ];
  return card({ id: 'floors', title: t('floors.title') },
    h('p', { class: 'soft small' }, t('floors.how')),
    table({ label: t('floors.table'), columns, rows: floors.map(row) }));
}

function row({ category, floor, confidence_ppm: certainty, outcome: what }) {
  const key = typeof what === 'string' ? what : Object.keys(what)[0];
  return h('tr', { dataset: { outcome: key } },
    h('td', {}, nameOf(category)), h('td', { class: 'number' }, floor),
    h('td', { class: 'number' }, percent(certainty / 1e6)), h('td', {}, outcome(what)));
}
