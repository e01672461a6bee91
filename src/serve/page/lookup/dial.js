// A score as a dial: three quarters of a circle, with marks where one risk level ends and the next begins.

import { h, s } from '../kit/dom.js';
import { BOUNDS, band, riskName } from '../kit/signals.js';
import { t } from './words.js';

const RADIUS = 52;
const START = 135;
const TURN = 270;

/** A dial; `certain`, 0 to 100, is left out where it is not known. */
export function dial(score, certain) {
  const level = band(score);
  const name = certain === undefined ? t('dial.plain', { score, level: riskName(level) })
    : t('dial.label', { score, level: riskName(level), certain });
  return h('div', { class: 'dial', dataset: { band: level }, id: 'dial' },
    s('svg', { viewBox: '0 0 128 112', role: 'img', 'aria-label': name },
      s('path', { class: 'way', d: arc(0, 100) }),
      score > 0 && s('path', { class: 'value', d: arc(0, score) }),
      BOUNDS.map((end) => s('path', { class: 'mark', d: mark(end) })),
      s('text', { class: 'score-number', x: 64, y: 76, 'aria-hidden': 'true' }, score),
      s('text', { class: 'score-of', x: 64, y: 94, 'aria-hidden': 'true' }, t('dial.of'))),
    h('p', { 'aria-hidden': 'true' }, h('strong', {}, riskName(level)),
      certain !== undefined && h('span', { class: 'soft' }, t('dial.certain', { certain }))));
}

function point(score, radius) {
  const angle = ((START + (score / 100) * TURN) * Math.PI) / 180;
  return `${(64 + radius * Math.cos(angle)).toFixed(2)} ${(62 + radius * Math.sin(angle)).toFixed(2)}`;
}

function arc(from, to) {
  const isLong = ((to - from) / 100) * TURN > 180 ? 1 : 0;
  return `M ${point(from, RADIUS)} A ${RADIUS} ${RADIUS} 0 ${isLong} 1 ${point(to, RADIUS)}`;
}

const mark = (score) => `M ${point(score + 0.5, RADIUS - 5)} L ${point(score + 0.5, RADIUS + 5)}`;
