// Hilbert's curve through a square: it begins at the top left, and ends at the top right.

/** Where a place on the curve is in a square of side `2^order`: `{x, y}`. */
export function at(order, place) {
  let [x, y] = [0, 0];
  for (let level = 0; level < order; level += 1) {
    const quarter = Math.floor(place / 4 ** level) % 4;
    const side = 2 ** level;
    // The first and the last quarter are mirrored, so that they meet the two between them.
    if (quarter === 0) [x, y] = [y, x];
    else if (quarter === 1) y += side;
    else if (quarter === 2) [x, y] = [x + side, y + side];
    else [x, y] = [2 * side - 1 - y, side - 1 - x];
  }
  return { x, y };
}

/** The place on the curve of a point. */
export function placeOf(order, x, y) {
  let place = 0;
  for (let level = order - 1; level >= 0; level -= 1) {
    const side = 2 ** level;
    const right = x >= side;
    const quarter = y >= side ? 1 + right : 3 * right;
    place = 4 * place + quarter;
    [x, y] = [x % side, y % side];
    if (quarter === 0) [x, y] = [y, x];
    else if (quarter === 3) [x, y] = [side - 1 - y, side - 1 - x];
  }
  return place;
}
