// What is asked of the server: of a network, of one cell of the map, of the next runs; and the picture.

import { ask, json } from '../kit/api.js';

const path = (base, values) => `${base}?${new URLSearchParams(values)}`;

/** Everything about a range, with the first runs. */
export const scan = (q, signal) => json(path('/v1/cidr', { q, top: 10, runs: 25 }), { signal });

/** The next page of runs. */
export const runsAfter = (q, after, signal) => json(path('/v1/cidr', { q, top: 0, runs: 100, after }), { signal });

/** The cells of a map as a picture. */
export async function picture(q, show, size, signal) {
  const response = await ask(path('/v1/cidr/map.png', { q, signal: show, size, bare: true }), { signal });
  return response.blob();
}

/** How many answers about cells are kept. */
const KEPT = 500;
const kept = new Map();

/** What is known of a cell, in short. */
export async function cellFacts(q, signal) {
  const known = kept.get(q);
  if (known) return known;
  const facts = await json(path('/v1/cidr', { q, top: 1, runs: 0 }), { signal });
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
  kept.set(q, facts);
  return facts;
}

/** What was known of cells may be of an earlier release. */
export const forgetCells = () => kept.clear();

/** Whether there is an answer already. */
export const isKept = (q) => kept.has(q);
