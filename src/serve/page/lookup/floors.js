// Floors: the score that a category asks for, and what became of it.

import { h } from '../kit/dom.js';
import { percent } from '../kit/format.js';
import { nameOf } from './names.js';
import { outcome } from './reasons.js';
import { t } from './words.js';

/** The card. */
export function floorsCard(floors) {
  return h('section', { class: 'card', id: 'floors', 'aria-labelledby': 'floors-title' },
    h('h2', { id: 'floors-title' }, t('floors.title')),
    h('p', { class: 'soft small' }, t('floors.how')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('floors.table') }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', {}, t('floors.category')), h('th', { class: 'number' }, t('floors.floor')),
        h('th', { class: 'number' }, t('floors.certain')), h('th', {}, t('floors.outcome')))),
      h('tbody', {}, floors.map(row)))));
}

function row({ category, floor, confidence_ppm: certainty, outcome: what }) {
  const key = typeof what === 'string' ? what : Object.keys(what)[0];
  return h('tr', { dataset: { outcome: key } },
    h('td', {}, nameOf(category)), h('td', { class: 'number' }, floor),
    h('td', { class: 'number' }, percent(certainty / 1e6)), h('td', {}, outcome(what)));
}
