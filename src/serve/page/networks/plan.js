// How a prefix lies on the map: a square of cells along Hilbert's curve, or two squares where the bits are odd.

import { at, placeOf } from './hilbert.js';
import { prefixOf } from './prefix.js';

/** A square has at most `2^4` cells on a side that can be pointed at. */
const MAX_ORDER = 4;
/** Bits from a prefix to one of its cells, while there are so many. */
export const STEP = 2 * MAX_ORDER;

/** `{prefix, odd, order, columns, rows, cellLength}` of a prefix. */
export function plan(prefix) {
  const free = prefix.bits - prefix.length;
  const odd = free % 2;
  const order = Math.min(MAX_ORDER, (free - odd) / 2);
  const rows = 2 ** order;
  return { prefix, odd, order, columns: rows << odd, rows, cellLength: prefix.length + odd + 2 * order };
}

/** The cell at a column and row. */
export function cellAt({ prefix, order, rows, cellLength }, column, row) {
  const square = Math.floor(column / rows);
  return nth(prefix, cellLength, square * 4 ** order + placeOf(order, column % rows, row));
}

/** The cell that has an address. */
export const cellOf = ({ prefix, cellLength }, value) => prefixOf(prefix.bits, value, cellLength);

/** Where a prefix inside lies, in cells: `{x, y, side}`. */
export function placed({ prefix, odd, order }, inner) {
  const finer = (inner.length - prefix.length - odd) / 2;
  const place = Number((inner.first - prefix.first) >> BigInt(inner.bits - inner.length));
  const square = Math.floor(place / 4 ** finer);
  const { x, y } = at(finer, place % 4 ** finer);
  const side = 2 ** (order - finer);
  return { x: (x + square * 2 ** finer) * side, y: y * side, side };
}

/** The blocks of a coarser grid, `2^order` on a side of a square. */
export function blocks({ prefix, odd }, order) {
  const length = prefix.length + odd + 2 * order;
  return Array.from({ length: 4 ** order << odd }, (_, place) => nth(prefix, length, place));
}

/** Bits of the addresses that one cell of the server's picture has, so many pixels wide. */
export function grain({ prefix, odd }, size) {
  const free = prefix.bits - prefix.length;
  const order = Math.min(Math.floor(free / 2), Math.log2(size) - odd);
  return free - odd - 2 * order;
}

function nth({ bits, first }, length, place) {
  return { bits, first: first + (BigInt(place) << BigInt(bits - length)), length };
}
