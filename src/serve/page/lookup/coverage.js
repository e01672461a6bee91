// What a release says of all IPv4: addresses by signal, on a scale of powers of ten.

import { h } from '../kit/dom.js';
import { count, shareOf } from '../kit/format.js';
import { bar } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { band, signalGroup, signalName, strongest } from '../kit/signals.js';
import { t } from './start_words.js';

/** The ticks of the axis. */
const TICKS = [1, 1e3, 1e6, 1e9];
const TOP = Math.log10(2 ** 32);

/** Where a count is on the axis, 0 to 1. */
const place = (n) => Math.log10(Math.max(n, 1)) / TOP;

/** The answer of `/v1/cidr` about all of IPv4, at a glance. */
export function coverage(all) {
  const signals = strongest(all.signals).map(([signal, { count: n }]) => row(n, { group: signalGroup(signal) },
    h('a', { href: link('net', '0.0.0.0/0', { show: signal }) }, signalName(signal))));
  const scores = all.score.histogram.map(({ from, to, count: n }) => row(n, { band: band(to) },
    h('span', {}, from === to ? from : `${from}–${to}`)));
  return [
    h('dl', { class: 'glance' }, ['known', 'listed', 'anonymous', 'abuse'].map((key) => h('div', {},
      h('dt', {}, t(`cover.${key}`)),
      h('dd', {}, h('strong', {}, count(all[key].count)),
        h('span', { class: 'soft small' }, shareOf(all[key], all.total)))))),
    h('div', { class: 'two' }, bars('signals', signals), bars('scores', scores)),
    h('p', { class: 'soft small' }, t('cover.scale')),
  ];
}

/** Bars of one kind under the axis. */
function bars(name, rows) {
  return h('div', { class: 'coverage', id: `cover-${name}` },
    h('h3', {}, t(`cover.${name}`)),
    h('div', { class: 'axis', 'aria-hidden': 'true' }, TICKS.map((n) => h('span', { style: at(n) }, count(n)))),
    h('ul', {}, rows));
}

function row(n, dataset, name) {
  return h('li', { dataset }, name, n > 0 ? bar(place(n)) : h('span'),
    h('span', { class: 'number' }, count(n)));
}

const at = (n) => ({ '--at': place(n).toFixed(4) });
