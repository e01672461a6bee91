// The feeds that say something of an address: what, of which range, as of when, and under which licence.

import { h } from '../kit/dom.js';
import { day, list } from '../kit/format.js';
import { card, cell, table } from '../kit/parts.js';
import { stateName } from '../kit/states.js';
import { feedLink } from './claims.js';
import { grouped } from './grouped.js';
import { nameOf } from './names.js';
import { signed } from './points.js';
import { reason } from './reasons.js';
import { t } from './words.js';

/** The feeds, those that count most first: `{id, categories, networks, effect, feed}`. */
export function sourcesOf({ explanation, claims, feeds }) {
  const effects = new Map();
  for (const { feed, effect_ppm } of explanation.effects.flatMap((effect) => effect.claims)) {
    effects.set(feed, (effects.get(feed) ?? 0) + effect_ppm);
  }
  const all = [...grouped(claims, ({ feed }) => feed)].map(([id, own]) => ({
    id,
    categories: [...new Set(own.map(({ category }) => category))],
    ranges: [...new Set(own.map(({ network, via }) => network ?? via))],
    effect: effects.get(id) ?? 0,
    feed: feeds[id],
  }));
  return all.sort((a, b) => b.effect - a.effect || a.id.localeCompare(b.id));
}

/** The card. */
export function sourcesCard(sources) {
  const columns = ['feed', 'sources.says', 'sources.range', 'sources.date', 'licence'].map((key) => [t(key)]);
  return card({ id: 'sources', title: t('sources.title', { n: sources.length }) },
    table({
      label: t('sources.table'), stacks: true, columns: [...columns, [t('sources.effect'), 'number']],
      rows: sources.map(row),
    }));
}

function row({ id, categories, ranges, effect, feed }) {
  const isOld = feed && feed.state !== 'fresh' && feed.state !== 'unchanged';
  const isKept = feed && !feed.licence.redistribute;
  return h('tr', { role: 'row', dataset: { feed: id } },
    cell('', '', feedLink(id)),
    cell(t('sources.says'), '', list(categories.map(nameOf))),
    cell(t('sources.range'), '', h('ul', {}, ranges.map(rangeItem))),
    cell(t('sources.date'), '', h('span', { class: 'day' }, feed?.as_of ? day(feed.as_of) : '–'),
      isOld && h('span', { class: 'soft' }, ` (${stateName(feed.state)})`)),
    cell(t('licence'), '', h('div', {}, feed?.licence.id || t('licence.none')),
      isKept && h('div', { class: 'soft small' }, t('licence.no'))),
    cell('', 'number', effect > 0 ? signed(effect) : '–'));
}

/** A network as it is; a way in words where there is none. */
function rangeItem(range) {
  if (range.includes('/')) return h('li', { class: 'mono' }, range);
  return h('li', {}, range === 'prefix' ? t('claim.range') : reason('via', range));
}
