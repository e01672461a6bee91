// What is drawn over the picture: the grid, the names of blocks, what lies outside, and a frame.

import { fill, h, s } from '../kit/dom.js';
import { blocks, placed } from './plan.js';
import { lastOf, shortName } from './prefix.js';

/** Pixels of a letter of a name, of its height, and around it. */
const LETTER = { wide: 6.3, high: 13, around: 3 };

/** `{parts, draw(plan, range, width), frame(cell)}`. */
export function makeOverlay() {
  const names = h('div', { class: 'names', 'aria-hidden': 'true' });
  const grid = s('path', { class: 'grid' });
  const outside = s('path', { class: 'outside', fill: 'url(#hatch)' });
  const cursor = h('div', { class: 'cursor', hidden: true, 'aria-hidden': 'true' });
  const pattern = s('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
    s('line', { x1: 0, y1: 0, x2: 0, y2: 6 }));
  const lines = s('svg', { class: 'lines', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('defs', {}, pattern), outside, grid);
  let drawn;

  function draw(plan, range, width) {
    drawn = plan;
    const { columns, rows } = plan;
    lines.setAttribute('viewBox', `0 0 ${columns} ${rows}`);
    // The pattern is in units of cells: as many pixels wherever it is.
    pattern.setAttribute('patternTransform', `scale(${columns / width}) rotate(45)`);
    grid.setAttribute('d', gridPath(plan));
    outside.setAttribute('d', outsidePath(plan, range));
    fill(names, namesOf(plan, width));
  }

  /** Frames a cell; nothing without one. */
  function frame(cell) {
    cursor.hidden = !cell;
    if (!cell) return;
    const { x, y, side } = placed(drawn, cell);
    const [wide, high] = [100 / drawn.columns, 100 / drawn.rows];
    const edges = { left: x * wide, top: y * high, width: side * wide, height: side * high };
    for (const [name, value] of Object.entries(edges)) cursor.style.setProperty(name, `${value}%`);
  }
  return { parts: [lines, names, cursor], draw, frame };
}

/** How finely a map of some width can be named: the order of the grid, 0 where no names fit. */
function namedOrder(plan, width) {
  for (let order = plan.order; order > 0; order -= 1) {
    const side = width / (2 ** order << plan.odd);
    const longest = Math.max(...blocks(plan, order).map((block) => shortName(plan.prefix, block).length));
    const needed = Math.max(longest * LETTER.wide, LETTER.high) + 2 * LETTER.around;
    if (needed <= side) return order;
  }
  return 0;
}

function namesOf(plan, width) {
  const order = namedOrder(plan, width);
  if (order === 0) return [];
  return blocks(plan, order).map((block) => {
    const { x, y } = placed(plan, block);
    const style = { left: `${(100 * x) / plan.columns}%`, top: `${(100 * y) / plan.rows}%` };
    return h('span', { style }, shortName(plan.prefix, block));
  });
}

function gridPath({ columns, rows }) {
  const down = Array.from({ length: columns - 1 }, (_, n) => `M${n + 1} 0V${rows}`);
  const across = Array.from({ length: rows - 1 }, (_, n) => `M0 ${n + 1}H${columns}`);
  return [...down, ...across].join('');
}

/** The blocks that have nothing of a range, as few as it goes, down to a sixteenth of a cell's side. */
function outsidePath(plan, range) {
  const { prefix, odd } = plan;
  const finest = Math.min(prefix.bits, plan.cellLength + 8);
  const path = [];
  const visit = (block) => {
    const last = lastOf(block);
    if (block.first >= range.first && last <= range.last) return;
    if (last < range.first || block.first > range.last) {
      const { x, y, side } = placed(plan, block);
      path.push(`M${x} ${y}h${side}v${side}h${-side}z`);
    } else if (block.length < finest) {
      blocks({ prefix: block, odd: 0 }, 1).forEach(visit);
    }
  };
  blocks({ prefix, odd }, 0).forEach(visit);
  return path.join('');
}
