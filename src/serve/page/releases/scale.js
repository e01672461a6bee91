// A logarithmic scale for counts from none to more than 10^38.

/** Counts as the interface gives them (a number, or decimal digits over 2^53) as a BigInt. */
export const big = (value) => BigInt(value ?? 0);

/**
 * `{share, ticks}` for counts up to `most`: `share(n)` is 0 for none to 1 for the end of the scale, the next power of
 * ten; `ticks` are powers of ten, three at most, the last one at the end.
 */
export function logScale(most) {
  const decades = Math.max(1, Math.ceil(Math.log10(Number(most) + 1)));
  const share = (n) => Math.log10(1 + Number(n)) / Math.log10(1 + 10 ** decades);
  const step = Math.ceil(decades / 3);
  const ticks = [];
  for (let power = decades; power > 0; power -= step) ticks.unshift(10 ** power);
  return { share, ticks };
}

/** What signals gained and lost in a family (`v4`, `v6`), those that moved most first. */
export function moved(signals, family) {
  const rows = Object.entries(signals).map(([signal, sums]) => ({
    signal, gained: big(sums[`gained_${family}`]), lost: big(sums[`lost_${family}`]),
  }));
  const largest = ({ gained, lost }) => (gained > lost ? gained : lost);
  return rows.filter((row) => largest(row) > 0n).sort((a, b) => (largest(a) < largest(b) ? 1 : -1));
}
