// Every way to point at a cell and to zoom: mouse, wheel, touch, keys.

import { cellAt, cellOf, placed } from './plan.js';
import { holds, inward } from './prefix.js';

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** A wheel turns in many small steps, and a touchpad goes on by itself: one zoom in so many milliseconds. */
const WHEEL_PAUSE = 350;
/** Pixels of a wheel that are meant. */
const WHEEL_STEP = 20;

/**
 * Listens on a plate. `point(cell, how)` shows a cell, `enter(cell)` opens it, and `stepOut()` is the way back;
 * `zoomIn(cell)` and `zoomOut()` are the shorter steps of a wheel. `plan()` is what is shown, `isShown()` whether
 * a cell is. `renew()` is to be called when something else is shown.
 */
export function makePointing({ plate, point, enter, stepOut, zoomIn, zoomOut, plan, isShown, signal }) {
  /** The first address of the cell with the cursor. */
  let cursor = 0n;
  /** Where the mouse is, if it is on the map. */
  let mouse = null;
  /** Whether the reader came here by keys. */
  let isByKeys = false;
  /** A finger that chose the cell that had been chosen before. */
  let isSecondTap = false;
  let lastWheel = 0;

  const cell = () => cellOf(plan(), cursor);

  function cellUnder({ clientX, clientY }) {
    const { left, top, width, height } = plate.getBoundingClientRect();
    const { columns, rows } = plan();
    const at = (part, n) => Math.max(0, Math.min(n - 1, Math.floor(part * n)));
    return cellAt(plan(), at((clientX - left) / width, columns), at((clientY - top) / height, rows));
  }

  function choose(next, how) {
    cursor = next.first;
    point(next, how);
  }

  function move([right, down]) {
    const { columns, rows } = plan();
    const { x, y } = placed(plan(), cell());
    const [column, row] = [x + right, y + down];
    if (column < 0 || row < 0 || column >= columns || row >= rows) return;
    choose(cellAt(plan(), column, row), { isSpoken: true });
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    [mouse, isByKeys] = [null, true];
    if (STEPS[event.key]) move(STEPS[event.key]);
    else if (['Enter', ' ', '+', '='].includes(event.key)) enter(cell());
    else if (['Escape', 'Backspace', '-'].includes(event.key)) {
      if (!stepOut()) point(null);
    } else return;
    event.preventDefault();
  }

  function onWheel(event) {
    if (event.ctrlKey || Math.abs(event.deltaY) < Math.abs(event.deltaX)) return;
    const isIn = event.deltaY < 0;
    const { prefix } = plan();
    const isLate = event.timeStamp - lastWheel >= WHEEL_PAUSE;
    // At either end the page scrolls; a wheel that still runs from the last zoom does not move it.
    const isEnd = isIn ? inward(prefix.bits, prefix.length) === prefix.bits : prefix.length === 0;
    if (isEnd && isLate) return;
    event.preventDefault();
    if (isEnd || !isLate || Math.abs(event.deltaY) < WHEEL_STEP) return;
    lastWheel = event.timeStamp;
    if (isIn) zoomIn(cellUnder(event));
    else zoomOut();
  }

  const on = (name, listener, options = {}) => plate.addEventListener(name, listener, { signal, ...options });
  on('pointermove', (event) => {
    if (event.pointerType === 'touch') return;
    mouse = { clientX: event.clientX, clientY: event.clientY };
    isByKeys = false;
    const under = cellUnder(event);
    if (under.first !== cell().first || !isShown()) choose(under);
  });
  on('pointerleave', (event) => {
    if (event.pointerType === 'touch') return;
    mouse = null;
    point(null);
  });
  on('pointerdown', (event) => {
    isByKeys = false;
    isSecondTap = event.pointerType !== 'touch' || (isShown() && cellUnder(event).first === cell().first);
    // The focus is where the reader is: keys go on from here.
    if (event.pointerType === 'mouse' && event.button === 0) plate.focus({ preventScroll: true });
  });
  on('click', (event) => {
    const under = cellUnder(event);
    if (isSecondTap) enter(under);
    else choose(under, { isSpoken: true });
  });
  on('keydown', onKey);
  on('wheel', onWheel, { passive: false });
  on('focus', () => {
    isByKeys = !mouse && plate.matches(':focus-visible');
    if (isByKeys) choose(cell(), { isSpoken: true });
  });
  on('blur', () => {
    isByKeys = false;
    if (!mouse) point(null);
  });

  /** The cursor stays where it was, if that is on the map. */
  function renew() {
    const { prefix } = plan();
    if (!holds(prefix, cursor)) cursor = prefix.first;
    if (mouse) choose(cellUnder(mouse));
    else if (isByKeys && plate === document.activeElement) choose(cell(), { isSpoken: true });
    else point(null);
  }
  return { renew };
}
