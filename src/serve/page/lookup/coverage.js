// What a release says of all IPv4: addresses by signal, on a scale of powers of ten.

import { h } from '../kit/dom.js';
import { count, percent } from '../kit/format.js';
import { link } from '../kit/route.js';
import { band, signalGroup, signalName, SIGNALS } from '../kit/signals.js';
import { t } from './words.js';

/** The ticks of the axis. */
const TICKS = [1, 1e3, 1e6, 1e9];
const TOP = Math.log10(2 ** 32);

/** Where a count is on the axis, 0 to 1. */
const place = (n) => Math.log10(Math.max(n, 1)) / TOP;

/** The signals that somebody has, the most frequent first: `[{signal, count, ratio}]`. */
export function frequent(signals) {
  const known = SIGNALS.filter((signal) => signals[signal]?.count > 0);
  return known.map((signal) => ({ signal, ...signals[signal] })).sort((a, b) => b.count - a.count);
}

/** The answer of `/v1/cidr` about all of IPv4, at a glance. */
export function coverage(all) {
  const glance = [['known', all.known], ['listed', all.listed], ['anonymous', all.anonymous], ['abuse', all.abuse]];
  const signals = frequent(all.signals).map(({ signal, count: n }) => bar(n, { group: signalGroup(signal) },
    h('a', { href: link('net', '0.0.0.0/0', { show: signal }) }, signalName(signal))));
  const scores = all.score.histogram.map(({ from, to, count: n }) => bar(n,
    band(from) === band(to) ? { band: band(to) } : {}, h('span', {}, from === to ? from : `${from}–${to}`)));
  return h('div', { class: 'stack' },
    h('dl', { class: 'glance' }, glance.map(([key, { count: n, ratio }]) => h('div', {},
      h('dt', {}, t(`cover.${key}`)),
      h('dd', {}, h('strong', {}, count(n)), h('span', { class: 'soft small' }, percent(ratio)))))),
    h('div', { class: 'two' }, bars('signals', signals), bars('scores', scores)),
    h('p', { class: 'soft small' }, t('cover.scale')));
}

/** Bars of one kind under the axis. */
function bars(name, rows) {
  return h('div', { class: 'coverage', id: `cover-${name}` },
    h('h3', {}, t(`cover.${name}`)),
    h('div', { class: 'axis', 'aria-hidden': 'true' }, TICKS.map((n) => h('span', { style: at(n) }, count(n)))),
    h('ul', {}, rows));
}

function bar(n, dataset, name) {
  return h('li', { dataset }, name,
    h('span', { class: 'track', 'aria-hidden': 'true' }, n > 0 && h('span', { style: at(n) })),
    h('span', { class: 'number' }, count(n)));
}

const at = (n) => ({ '--at': place(n).toFixed(4) });
