// What was said of an address on the days of the kept releases.

import { ApiError, json, key } from '../kit/api.js';
import { fill, h } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { go, link } from '../kit/route.js';
import { signalsOf } from './past.js';
import { timeline } from './timeline.js';
import { t } from './words.js';

/** How many days are asked for at most. */
const MOST = 30;
/** How far back can be asked. */
const DAYS_BACK = 365;
const DAY = 86400;

/** The days of releases, the newest first; of several on one day the last holds. */
export function daysOf(releases) {
  const days = releases.map(({ build_epoch }) => isoDay(build_epoch));
  return [...new Set(days)].sort().reverse().slice(0, MOST);
}

/** The card: filled when all days have answered. */
export function historyCard(ip, index, signal) {
  const place = h('div', { class: 'past', 'aria-live': 'polite' });
  const load = async () => {
    fill(place, h('p', { class: 'soft' }, t('past.loading')));
    const { points, problem } = await ask(ip, daysOf(index.releases), signal);
    if (!signal.aborted) fill(place, drawn(ip, points, problem));
  };
  if (!index) fill(place, h('p', { class: 'soft' }, t('past.none')));
  else if (key()) fill(place, quotaButton(daysOf(index.releases).length, load));
  else load();
  return h('section', { class: 'card', id: 'history', 'aria-labelledby': 'history-title' },
    h('div', { class: 'row between' }, h('h2', { id: 'history-title' }, t('past.title')), otherDay(ip)),
    h('p', { class: 'soft small' }, t('past.how')), place);
}

/** With a key every question counts: they wait to be wanted. */
function quotaButton(n, load) {
  return h('button', { type: 'button', onclick: load }, t('past.ask', { n }));
}

/** Asks day by day, the newest first: the server reads days one at a time. Before the first it has, it has none. */
async function ask(ip, days, signal) {
  const points = [];
  for (const date of days) {
    try {
      const { version, data } = await json(`/v1/lookup/${ip}?date=${date}`, { signal });
      points.unshift({ date, version, score: data.threat.threat_score, signals: signalsOf(data.threat) });
    } catch (error) {
      if (!(error instanceof ApiError)) return { points, problem: null };
      const isEnd = error.code === 'no_snapshot' || error.code === 'date_out_of_range';
      return { points, problem: isEnd ? null : error };
    }
  }
  return { points, problem: null };
}

function drawn(ip, points, problem) {
  return [
    points.length === 0 && !problem && h('p', {}, t('past.none')),
    points.length === 1 && h('p', {}, t('past.one', { day: day(points[0].date), score: points[0].score })),
    points.length > 1 && timeline(ip, points),
    problem && h('p', { role: 'alert' }, problem.message),
  ];
}

function otherDay(ip) {
  const today = Date.now() / 1000;
  const box = h('input', {
    type: 'date', id: 'past-day', required: true, min: isoDay(today - DAYS_BACK * DAY), max: isoDay(today),
  });
  return h('form', { class: 'row', onsubmit: (event) => {
    event.preventDefault();
    go(link('ip', ip, { date: box.value }));
  } },
  h('label', { for: 'past-day', class: 'small soft' }, t('past.day')),
  box,
  h('button', { class: 'quiet' }, t('past.go')));
}

const isoDay = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
