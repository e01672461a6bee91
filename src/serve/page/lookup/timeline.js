// Scores over releases: a line in steps with a dot for each, as far from each other whatever their days.

import { h, s } from '../kit/dom.js';
import { link } from '../kit/route.js';
import { BOUNDS, band, riskName } from '../kit/signals.js';
import { t } from './words.js';

/** The chart of at least two releases, the oldest first. */
export function timeline(ip, releases) {
  const dots = releases.map((release, n) => ({ ...release, x: (n / (releases.length - 1)) * 100 }));
  const line = dots.map(({ x, score }, n) => (n === 0 ? `M ${x} ${100 - score}` : `H ${x} V ${100 - score}`)).join(' ');
  const grid = [0, ...BOUNDS, 100].map((score) => h('span', {
    class: 'grid', 'aria-hidden': 'true', style: { '--y': score },
  }, score));
  return h('div', { class: 'timeline' }, h('div', { class: 'all', style: { '--n': releases.length } },
    h('div', { class: 'plot' }, grid,
      s('svg', { viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        s('path', { d: line, 'vector-effect': 'non-scaling-stroke' })),
      h('ul', { 'aria-label': t('past.title') }, dots.map((dot) => dotItem(ip, dot)))),
    h('p', { class: 'row between small soft', 'aria-hidden': 'true' },
      h('span', {}, releases[0].name), h('span', {}, releases.at(-1).name))));
}

/** A release, which leads to what was said on its day. */
function dotItem(ip, { x, date, name, score }) {
  const level = band(score);
  const says = t('past.point', { date: name, score, level: riskName(level) });
  return h('li', { style: { '--x': x, '--y': score } },
    h('a', { href: link('ip', ip, { date }), dataset: { band: level }, title: says, 'aria-label': says }));
}
