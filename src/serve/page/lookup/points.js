// Parts per million of a score as points: every effect with one digit, so that they stand in a column.

/** `45.8` */
export const points = (ppm) => (ppm / 1e4).toFixed(1);

/** `+45.8`, `−7.8`; `±0` for nothing, and two digits for what is not quite nothing. */
export function signed(ppm) {
  if (ppm === 0) return '±0';
  const digits = Math.abs(ppm) < 500 ? 2 : 1;
  return `${ppm > 0 ? '+' : '−'}${(Math.abs(ppm) / 1e4).toFixed(digits)}`;
}
