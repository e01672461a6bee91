// Scores over days: a line in steps with a dot for each day, and the same as a table.

import { h, s } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { link } from '../kit/route.js';
import { band, riskName, scorePill } from '../kit/signals.js';
import { nameOfSignal } from './names.js';
import { t } from './words.js';

const LEVELS = [30, 60, 85];

/** Where each day is, 0 to 100 from the left and from the bottom. */
export function placed(points) {
  const times = points.map(({ date }) => Date.parse(date));
  const [first, last] = [times[0], times.at(-1)];
  return points.map((point, n) => ({ ...point, x: ((times[n] - first) / (last - first)) * 100, y: point.score }));
}

/** The chart of at least two days, the oldest first. */
export function timeline(ip, points) {
  const dots = placed(points);
  const line = dots.map(({ x, y }, n) => (n === 0 ? `M ${x} ${100 - y}` : `H ${x} V ${100 - y}`)).join(' ');
  return [
    h('div', { class: 'timeline' },
      h('div', { class: 'plot' },
        LEVELS.map((score) => h('span', { class: 'grid', 'aria-hidden': 'true', style: { '--y': score } }, score)),
        s('svg', { viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          s('path', { d: line, 'vector-effect': 'non-scaling-stroke' })),
        h('ul', { 'aria-label': t('past.title') }, dots.map((dot) => dotItem(ip, dot)))),
      h('p', { class: 'row between small soft', 'aria-hidden': 'true' },
        h('span', {}, day(points[0].date)), h('span', {}, day(points.at(-1).date)))),
    h('details', {}, h('summary', { class: 'small' }, t('past.table')), table(points)),
  ];
}

/** A day, which leads to what was said on it. */
function dotItem(ip, dot) {
  const [href, name] = [link('ip', ip, { date: dot.date }), said(dot)];
  return h('li', { style: { '--x': dot.x, '--y': dot.y } },
    h('a', { href, dataset: { band: band(dot.score) }, title: name, 'aria-label': name }));
}

const said = ({ date, score }) => t('past.point', { date: day(date), score, level: riskName(band(score)) });

function table(points) {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('past.table') }, h('table', {},
    h('thead', {}, h('tr', {}, ['date', 'score', 'signals', 'version'].map((key) => h('th', {}, t(`past.${key}`))))),
    h('tbody', {}, points.toReversed().map(({ date, score, signals, version }) => h('tr', {},
      h('td', { class: 'date' }, day(date)), h('td', {}, scorePill(score)),
      h('td', {}, signals.map(nameOfSignal).join(', ') || '–'), h('td', {}, version))))));
}
