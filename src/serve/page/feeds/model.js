// Feeds as numbers: sums, order, filter. Nothing here draws.

import { STATES } from '../kit/states.js';

/** Columns that a table can be sorted by, and which way each begins. */
export const COLUMNS = {
  state: { value: ({ state }) => STATES.indexOf(state), begin: 'asc' },
  id: { value: ({ id }) => id, begin: 'asc' },
  age: { value: ({ age_days: days }) => days, begin: 'desc' },
  rows: { value: ({ rows }) => rows, begin: 'desc' },
  faults: { value: (feed) => faultShare(feed), begin: 'desc' },
  claims: { value: ({ claims }) => claims, begin: 'desc' },
  licence: { value: ({ licence }) => licence.id || null, begin: 'asc' },
  reliability: { value: ({ reliability }) => reliability, begin: 'desc' },
};

/** The part of a feed's rows that could not be read. */
export function faultShare({ rows, faults }) {
  return faults === 0 ? 0 : faults / Math.max(rows, faults);
}

/** `{states, rows, faults, claims}`: how many feeds are in each state, and what all feeds have. */
export function sums(feeds) {
  const all = { states: Object.fromEntries(STATES.map((state) => [state, 0])), rows: 0, faults: 0, claims: 0 };
  for (const { state, rows, faults, claims } of feeds) {
    all.states[state] = (all.states[state] ?? 0) + 1;
    all.rows += rows;
    all.faults += faults;
    all.claims += claims;
  }
  return all;
}

/** The newest release that a feed was rejected in: `{version, reason}`, or null. */
export function lastRejection({ history }) {
  return history.find(({ state }) => state === 'rejected') ?? null;
}

/** Whether a feed has all words of a text, in what is said of it, and the state if one is asked for. */
export function matches(feed, { text, state }) {
  if (state && feed.state !== state) return false;
  const said = saidOf(feed);
  return text.toLowerCase().split(/\s+/).every((word) => said.includes(word));
}

const said = new WeakMap();
function saidOf(feed) {
  if (!said.has(feed)) {
    const { id, group, licence, reason = '', state } = feed;
    said.set(feed, [id, group, licence.id, reason, state, lastRejection(feed)?.reason ?? ''].join(' ').toLowerCase());
  }
  return said.get(feed);
}

/** Feeds in the order of a column; what has no value comes last, equals by id. */
export function ordered(feeds, { column, order }) {
  const { value } = COLUMNS[column];
  const way = order === 'desc' ? -1 : 1;
  return [...feeds].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (none(a) || none(b)) return none(a) - none(b) || byId(one, other);
    return (a < b ? -way : a > b ? way : 0) || byId(one, other);
  });
}

const none = (value) => value === null || value === undefined;
const byId = (one, other) => (one.id < other.id ? -1 : 1);

/** Points of a sparkline, the oldest first: `{x, y, state}`, each 0 to 1; y is 0 for no rows, 1 for the most. */
export function trend(history) {
  const past = [...history].reverse();
  const most = Math.max(1, ...past.map(({ rows }) => rows));
  const step = past.length > 1 ? 1 / (past.length - 1) : 0;
  return past.map(({ rows, state }, n) => ({ x: past.length > 1 ? n * step : 0.5, y: rows / most, state }));
}
