// The verdict: the dial, what it means in a sentence, what to do, and the signals.

import { h } from '../kit/dom.js';
import { list } from '../kit/format.js';
import { chips, signalName, signalOf } from '../kit/signals.js';
import { dial } from './dial.js';
import { nameOf } from './names.js';
import { points } from './points.js';
import { reason } from './reasons.js';
import { t } from './words.js';

/** The card at the top. */
export function verdictCard({ explanation }) {
  const { score, confidence, signals, withheld_signals: withheld, overrides, recommendation } = explanation;
  const nothing = explanation.effects.length === 0 && explanation.plain.length === 0;
  const isKnown = explanation.effects.length > 0 || overrides.length > 0;
  return verdictFrame(dial(score, isKnown ? confidence : undefined), t(`do.${recommendation}`),
    h('p', { class: 'sentence' }, nothing ? t('verdict.nothing') : sentences(explanation).join(t('verdict.gap'))),
    signals.length > 0 && chips(signals),
    withheld.length > 0 && h('ul', { class: 'small soft' }, withheld.map(({ category, by }) => h('li', {},
      t('verdict.withheld', { signal: nameOf(category), rule: reason('rule', by) })))),
    overrides.length > 0 && h('ul', { class: 'rules small' }, overrides.map((rule) => h('li', { dataset: { rule } },
      h('strong', {}, reason('rule', rule)), h('span', { class: 'soft' }, reason('does', rule))))));
}

/** A dial and what is said beside it. */
export function verdictFrame(dialed, title, ...children) {
  return h('section', { class: 'card verdict', id: 'verdict', 'aria-labelledby': 'verdict-title' },
    dialed, h('div', { class: 'stack' }, h('h2', { id: 'verdict-title' }, title), children));
}

/** What an explanation comes to, sentence by sentence. */
export function sentences({ signals, sources, base_ppm: base, effects, plain, adjustments, final_ppm: final }) {
  const said = [];
  const unscored = new Set(plain.map(({ category }) => signalOf(category)));
  const [counted, other] = [false, true].map((is) => signals.filter((signal) => unscored.has(signal) === is));
  const names = (some) => list(some.map(signalName));
  if (counted.length > 0) said.push(t('verdict.listed', { names: names(counted), n: sources }));
  else if (effects.length > 0) said.push(t('verdict.weak'));
  if (other.length > 0) said.push(t(said.length > 0 ? 'verdict.besides' : 'verdict.known', { names: names(other) }));
  if (effects.length === 0 && final === 0) said.push(t('verdict.harmless'));
  if (adjustments.length === 0) return said;
  said.push(t('verdict.base', { base: points(base) }));
  let at = base;
  for (const { floor, override, effect_ppm: effect } of adjustments) {
    at += effect;
    const to = Math.round(at / 1e4);
    said.push(floor ? t('verdict.floor', { category: nameOf(floor), to }) : reason('moves', override));
  }
  return said;
}
