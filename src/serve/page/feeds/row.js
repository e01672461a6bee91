// A feed as a row of the table; its details open below it.

import { h } from '../kit/dom.js';
import { count, day, percent } from '../kit/format.js';
import { amount, cell } from '../kit/parts.js';
import { detail } from './detail.js';
import { stateLabel } from './marks.js';
import { faultShare, lastRejection } from './model.js';
import { spark } from './spark.js';
import { t } from './words.js';

/** A feed's rows, as `shown()` gives them: its own, and while it is open one with its details. */
export function feedRow(feed, columns) {
  const { id, state, rows, claims, history } = feed;
  let more = null;
  let open = false;
  const button = h('button', {
    type: 'button', class: 'open', 'aria-expanded': 'false', 'aria-label': t('more', { feed: id }), onclick: () => {
      open = !open;
      button.setAttribute('aria-expanded', String(open));
      if (!open) return more.remove();
      more ??= h('tr', { class: 'more', role: 'row' }, h('td', { role: 'cell', colspan: columns }, detail(feed)));
      own.after(more);
    },
  });
  const own = h('tr', { role: 'row', dataset: { feed: id, state } },
    cell('', 'st', stateLabel(state)),
    h('th', { role: 'rowheader', scope: 'row', class: 'id' },
      h('div', { class: 'name' }, button, h('span', {}, id)), witness(feed), why(feed)),
    cell(t('col.age'), 'age', age(feed)),
    cell(t('col.rows'), 'rows number', amount(rows), spark(history)),
    cell(t('col.faults'), 'faults number', faults(feed)),
    cell(t('col.claims'), 'claims number', amount(claims)),
    cell(t('licence'), 'licence', licence(feed)),
    cell(t('col.reliability'), 'reliability number', percent(feed.reliability / 1000)));
  return { shown: () => (open ? [own, more] : [own]) };
}

/** The group that a feed shares a voice with. */
function witness({ id, group }) {
  return group !== id && h('p', { class: 'why' }, t('group', { group }));
}

/** Why a feed is not fresh; else when it was last rejected, if a kept release knows. */
function why(feed) {
  if (feed.reason) return h('p', { class: 'why', lang: 'en', dataset: { state: feed.state } }, feed.reason);
  const past = lastRejection(feed);
  if (!past) return null;
  return h('p', { class: 'why' }, t('rejected.last', { version: past.version }),
    past.reason ? h('span', { lang: 'en' }, past.reason) : t('rejected.silent'));
}

function age({ as_of: asOf, age_days: days }) {
  if (!asOf) return h('span', { class: 'soft' }, t('age.unknown'));
  return [h('span', {}, t('age.days', { n: days, count: count(days) })), h('span', { class: 'soft small' }, day(asOf))];
}

function faults(feed) {
  if (feed.faults === 0) return h('span', { class: 'soft' }, '0');
  return [h('span', {}, count(feed.faults)), h('span', { class: 'soft small' }, percent(faultShare(feed)))];
}

function licence({ licence: { id, redistribute } }) {
  const named = id.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return [
    h('span', { class: id ? 'terms' : 'terms soft', title: id || null }, named || t('licence.none')),
    h('span', { class: 'small pass', dataset: { redistribute } }, t(redistribute ? 'licence.yes' : 'licence.no')),
  ];
}
