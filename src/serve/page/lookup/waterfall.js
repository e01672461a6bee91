// What raised and lowered the score: bars on one axis of 0 to 100, each of which opens to what is behind it.

import { h } from '../kit/dom.js';
import { percent } from '../kit/format.js';
import { card } from '../kit/parts.js';
import { BOUNDS, band, riskName } from '../kit/signals.js';
import { claimList } from './claims.js';
import { groupOf, nameOf } from './names.js';
import { points, signed } from './points.js';
import { reason } from './reasons.js';
import { t } from './words.js';

/** Where risk levels begin, and the ends of the axis. */
const TICKS = [0, ...BOUNDS, 100];
const LEVELS = BOUNDS.concat(100).map((end, n) => (TICKS[n] + end) / 2);
/** The same for the rules behind the bars. */
const RULES = Object.fromEntries(BOUNDS.map((end, n) => [`--rule-${n}`, `${end}%`]));

/** The card. */
export function waterfallCard(steps, { score, final_ppm: final }, feeds) {
  const isHeld = steps.some(({ byAge }) => byAge > 0);
  return card({ id: 'waterfall', title: t('fall.title') },
    h('p', { class: 'soft small' }, t('fall.how'), isHeld && t('fall.held')),
    h('div', { class: 'fall', style: RULES },
      axis(),
      h('ol', {}, steps.map((step) => h('li', {}, (step.kind === 'category' ? category : moved)(step, feeds)))),
      h('div', { class: 'step total', dataset: { band: band(score) } },
        h('strong', {}, t('score')), track({ from: 0, to: final }), h('strong', { class: 'number' }, score))));
}

function axis() {
  return h('div', { class: 'step axis', 'aria-hidden': 'true' }, h('span', {}),
    h('span', {},
      LEVELS.map(level),
      TICKS.map((score) => h('span', { class: 'tick', style: { '--at': score } }, score))),
    h('span', {}));
}

function level(score) {
  const name = band(score);
  return h('span', { class: 'level', dataset: { band: name }, style: { '--at': score } }, riskName(name));
}

function category(step, feeds) {
  const name = nameOf(step.category);
  return h('details', { dataset: { step: step.category } },
    h('summary', { class: 'step', dataset: { group: groupOf(step.category) } },
      h('span', { class: 'name' }, name), track(step), amount(step)),
    h('div', { class: 'behind stack' }, h('p', { class: 'small' }, sum(step)), claimList(step.claims, feeds)));
}

/** What a floor or a ruling moved; rules are told of in the verdict, floors in their table. */
function moved(step) {
  const isFloor = step.kind === 'floor';
  const name = isFloor ? t('fall.floor', { category: nameOf(step.name) }) : reason('rule', step.name);
  const dataset = { step: `${step.kind}-${step.name}`, moves: step.effect < 0 ? 'down' : 'up' };
  return h('div', { class: 'step', dataset },
    h('span', { class: 'name' }, name), track(step), amount(step));
}

/** A bar from where the score was to where it is now; behind it, outlined, what age kept back. */
function track({ from, to, byAge = 0 }) {
  const part = (start, length) => ({ '--from': (start / 1e4).toFixed(3), '--long': (length / 1e4).toFixed(3) });
  return h('span', { class: 'track', 'aria-hidden': 'true' },
    h('span', { class: 'moved', style: part(Math.min(from, to), Math.abs(to - from)) }),
    byAge > 0 && h('span', { class: 'held', style: part(to, byAge) }));
}

function amount({ from, to, effect }) {
  return h('span', { class: 'number' }, signed(effect),
    h('span', { class: 'sr' }, t('fall.between', { from: points(from), to: points(to) })));
}

/** How the effect of a category comes about, and what it lacks. */
function sum({ weight, certainty, effect, open, byAge }) {
  if (certainty === 0) return t('fall.nothing');
  const values = { certainty: share(certainty), weight: share(weight), effect: signed(effect) };
  const said = [open === null ? t('fall.sum', values) : t('fall.product', { ...values, open: points(open) })];
  if (byAge > 0) said.push(t('fall.age', { points: points(byAge) }));
  return said.join(t('verdict.gap'));
}

const share = (ppm) => percent(ppm / 1e6);
