// Rows over releases as a small line; a release that rejected the feed has a cross.

import { s } from '../kit/dom.js';
import { trend } from './model.js';

const [WIDE, HIGH, EDGE] = [72, 22, 4];

export function spark(history) {
  const points = trend(history).map(({ x, y, state }) => ({
    x: round(EDGE + x * (WIDE - 2 * EDGE)), y: round(HIGH - EDGE - y * (HIGH - 2 * EDGE)), state,
  }));
  const last = points.at(-1);
  return s('svg', { class: 'spark', viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, 'aria-hidden': 'true' },
    s('path', { class: 'ground', d: `M0 ${HIGH - 1.5}H${WIDE}` }),
    points.length > 1 && s('path', { class: 'line', d: `M${points.map(({ x, y }) => `${x} ${y}`).join('L')}` }),
    points.filter(({ state }) => state === 'rejected').map(({ x, y }) => s('path', {
      class: 'cross', d: `M${x - 2.5} ${y - 2.5}l5 5m0-5l-5 5`,
    })),
    last && last.state !== 'rejected' && s('circle', { class: 'dot', cx: last.x, cy: last.y, r: 2.2 }));
}

const round = (n) => Math.round(n * 10) / 10;
