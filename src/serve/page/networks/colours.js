// What the server paints maps with (`src/query/map/colour.rs`, `scale.rs`, `cells.rs`): the legend says the same.

/** The scale, evenly spaced from the least to the most. */
const ANCHORS = ['#fae850', '#abd640', '#54ba6c', '#229688', '#2a6f8e', '#3e4486', '#420852'];

/** The scale as a picture. */
export const SCALE = `linear-gradient(to right, ${ANCHORS.join(', ')})`;

/** What a map of `signals` shows: of each cell the first of these that any address has. */
export const GROUPS = [
  ['tor', '#d55e00'], ['vpn', '#0072b2'], ['proxy', '#e69f00'], ['relay', '#56b4e9'], ['abuse', '#000000'],
  ['hosting', '#009e73'],
];

/** Counts of larger cells are counts of their parts. */
const COUNT_BITS = 40;

/** Powers of ten from the beginning of the scale to its end; 0 where its steps are even. */
export function decades(cellBits) {
  let n = 0;
  while (n < 4 && 2 ** Math.min(cellBits, COUNT_BITS) > 10 ** n) n += 1;
  return n;
}

/** What stands below the scale, up to 100; the first is `≤` where it has powers of ten. */
export function ticks(cellBits) {
  const n = decades(cellBits);
  if (n === 0) return [0, 25, 50, 75, 100];
  return Array.from({ length: n + 1 }, (_, place) => 10 ** (2 - n + place));
}
