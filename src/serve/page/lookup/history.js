// What each kept release says of an address: scores as a line, and what came and went in words.

import { h } from '../kit/dom.js';
import { day, isoDay, list } from '../kit/format.js';
import { told } from '../kit/notice.js';
import { card, table } from '../kit/parts.js';
import { go, link } from '../kit/route.js';
import { riskName, scorePill, signalName } from '../kit/signals.js';
import { timeline } from './timeline.js';
import { t } from './words.js';

/** How far back can be asked. */
const DAYS_BACK = 365;
const DAY = 86400;

/** The card of an answer of `/v1/history`, or of `problem`, why there is none. */
export function historyCard(ip, { value, problem }) {
  const releases = (value?.releases ?? []).map(withName);
  return card({ id: 'history', title: t('past.title'), aside: otherDay(ip) },
    problem && told(problem, { role: 'alert' }),
    value && releases.length === 0 && h('p', {}, t('past.none')),
    releases.length === 1 && h('p', {}, t('past.one', { ...releases[0], level: riskName(releases[0].risk_level) })),
    releases.length > 1 && [timeline(ip, releases.toReversed()), turns(releases), asTable(releases)]);
}

/** A release with what it is called: its day, and its version where others are of that day. */
function withName(release, _, all) {
  const isAlone = all.filter(({ date }) => date === release.date).length === 1;
  return { ...release, name: isAlone ? day(release.date) : `${day(release.date)} (${release.version})` };
}

/** What each release changed, the newest first: `{name, before, score, gained, lost}`, of those that changed it. */
function turnsOf(releases) {
  return releases.slice(0, -1).map((release, n) => {
    const { score, signals } = releases[n + 1];
    return {
      name: release.name, before: score, score: release.score,
      gained: release.signals.filter((signal) => !signals.includes(signal)),
      lost: signals.filter((signal) => !release.signals.includes(signal)),
    };
  }).filter(({ before, score, gained, lost }) => before !== score || gained.length > 0 || lost.length > 0);
}

function turns(releases) {
  const all = turnsOf(releases);
  if (all.length === 0) return h('p', {}, t('past.same', { n: releases.length }));
  const names = (signals) => ({ names: list(signals.map(signalName)) });
  return h('ul', { class: 'turns small' }, all.map(({ name, before, score, gained, lost }) => h('li', {},
    h('strong', {}, name), ' ',
    [
      t(before === score ? 'past.stays' : score > before ? 'past.rises' : 'past.falls', { before, score }),
      gained.length > 0 && t('past.gained', names(gained)),
      lost.length > 0 && t('past.lost', names(lost)),
    ].filter(Boolean).join(t('past.comma')))));
}

function asTable(releases) {
  const columns = ['past.date', 'score', 'signals', 'release'].map((key) => [t(key)]);
  const rows = releases.map(({ date, score, signals, version }) => h('tr', {},
    h('td', { class: 'day' }, day(date)), h('td', {}, scorePill(score)),
    h('td', { class: 'signals' }, list(signals.map(signalName)) || '–'), h('td', {}, version)));
  return h('details', {}, h('summary', { class: 'small' }, t('past.table')),
    table({ label: t('past.table'), columns, rows }));
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
