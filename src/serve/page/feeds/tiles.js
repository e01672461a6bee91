// Health at a glance: how many feeds are in each state (and a filter by it), and what they hold together.

import { h } from '../kit/dom.js';
import { count, percent } from '../kit/format.js';
import { choice } from '../kit/parts.js';
import { stateName } from '../kit/states.js';
import { mark } from './marks.js';
import { faultShare, sums } from './model.js';
import { t } from './words.js';

/** `{element, press}`: `press(state)` shows which state is asked for; `onstate(state)` hears what is clicked. */
export function tiles(feeds, { onstate }) {
  const { states, rows, faults, claims } = sums(feeds);
  const shown = Object.keys(states).filter((state) => state !== 'disabled' || states.disabled > 0);
  const { buttons, press } = choice('state', ['', ...shown].map((state) => ({
    key: state, class: 'tile', title: t.or(`means.${state}`, null), name: [
      h('span', { class: 'what' }, state !== '' && mark(state), state === '' ? t('all') : stateName(state)),
      h('span', { class: 'many' }, count(state === '' ? feeds.length : states[state])),
    ],
  })), onstate);
  const strip = h('div', { class: 'strip', 'aria-hidden': 'true' }, shown.filter((state) => states[state] > 0)
    .map((state) => h('span', { dataset: { state }, style: { 'flex-grow': String(states[state]) } })));
  const element = h('section', { class: 'card tiles' },
    h('div', { class: 'buttons', role: 'group', 'aria-label': t('states.label') }, buttons), strip,
    h('dl', {},
      sum('sum.rows', count(rows), t('sum.rows_of')), sum('sum.claims', count(claims), t('sum.claims_of')),
      sum('sum.faults', count(faults), t('sum.faults_share', { share: percent(faultShare({ rows, faults })) }))));
  return { element, press };
}

function sum(name, value, note) {
  return h('div', {}, h('dt', {}, t(name)), h('dd', {}, h('b', {}, value), h('span', { class: 'soft small' }, note)));
}
