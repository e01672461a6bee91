// What signals gained and lost, as bars to both sides of a middle, with the numbers beside them.

import { h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { amount } from '../kit/parts.js';
import { signalGroup, signalName } from '../kit/signals.js';
import { big, logScale, moved } from './scale.js';
import { t } from './words.js';

/** `coverage` is what each signal holds in the newer release, by signal, or null. */
export function picture({ signals, family, familyName, coverage }) {
  const rows = moved(signals, family);
  if (rows.length === 0) return h('p', { class: 'soft' }, t('changes.no_signal', { family: familyName }));
  const { share, ticks } = logScale(rows.reduce((most, { gained, lost }) => [most, gained, lost].reduce(larger), 0n));
  const grid = () => ticks.flatMap((tick) => [mark('lost', share(tick)), mark('gained', share(tick))]);
  const held = (signal) => coverage?.[signal]?.[family];
  return [
    h('div', { class: 'moves', role: 'table', 'aria-label': t('changes.picture') },
      h('div', { role: 'row', class: 'move head' },
        head('signal'), head('lost'), h('span', { class: 'sides', 'aria-hidden': 'true' }), head('gained'),
        head('now')),
      rows.map(({ signal, gained, lost }) => h('div', {
        role: 'row', class: 'move', dataset: { group: signalGroup(signal), signal },
      }, h('span', { role: 'rowheader', class: 'signal' }, signalName(signal)),
        h('span', { role: 'cell', class: 'lost' }, number(lost, '−')),
        h('span', { class: 'sides', 'aria-hidden': 'true' }, grid(),
          side('lost', lost, share), h('span', { class: 'middle' }), side('gained', gained, share)),
        h('span', { role: 'cell', class: 'gained' }, number(gained, '+')),
        h('span', { role: 'cell', class: 'now', dataset: { label: t('changes.now') } },
          held(signal) === undefined ? '–' : amount(big(held(signal))))))),
    h('div', { class: 'move axis', 'aria-hidden': 'true' }, h('span', { class: 'sides' },
      h('span', { class: 'tick zero' }, '0'),
      ticks.flatMap((tick, n) => ['lost', 'gained'].map((to) => label(to, tick, share(tick), ticks.length - 1 - n))))),
    h('p', { class: 'small soft' }, t('changes.scale')),
  ];
}

const larger = (a, b) => (a > b ? a : b);
const place = (share) => ({ '--at': String(share) });
const mark = (to, share) => h('span', { class: `mark ${to}`, style: place(share) });
const head = (name) => h('span', { role: 'columnheader', class: name }, t(`changes.${name}`));
const side = (to, n, share) => h('span', { class: `side ${to}` }, n > 0n && h('span', { style: place(share(n)) }));

/** `more` is how many marks come after this one on its side. */
function label(to, tick, share, more) {
  const which = ['end', 'inner'][more] ?? '';
  return h('span', { class: `tick ${to} ${which}`, style: place(share) }, count(BigInt(tick)));
}

function number(n, sign) {
  return n === 0n ? h('span', { class: 'soft' }, t('none')) : amount(n, sign);
}
