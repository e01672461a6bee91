// The feeds that say something of an address: what, of which range, as of when, and under which licence.

import { h } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { feedLink } from './claims.js';
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
  const all = [...Map.groupBy(claims, ({ feed }) => feed)].map(([id, own]) => ({
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
  return h('section', { class: 'card', id: 'sources', 'aria-labelledby': 'sources-title' },
    h('h2', { id: 'sources-title' }, t('sources.title', { n: sources.length })),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('sources.table') }, h('table', {},
      h('thead', {}, h('tr', {},
        ['feed', 'says', 'range', 'date', 'licence'].map((key) => h('th', {}, t(`sources.${key}`))),
        h('th', { class: 'number' }, t('sources.effect')))),
      h('tbody', {}, sources.map(row)))));
}

function row({ id, categories, ranges, effect, feed }) {
  const isOld = feed && feed.state !== 'fresh' && feed.state !== 'unchanged';
  const isKept = feed && !feed.licence.redistribute;
  return h('tr', { dataset: { feed: id } },
    h('td', {}, feedLink(id)),
    h('td', {}, categories.map(nameOf).join(', ')),
    h('td', {}, h('ul', {}, ranges.map(rangeItem))),
    h('td', { class: 'date' },
      feed?.as_of ? day(feed.as_of) : '–', isOld && h('span', { class: 'soft' }, ` (${reason('state', feed.state)})`)),
    h('td', {},
      feed?.licence.id || t('sources.unknown'),
      isKept && h('span', { class: 'soft small own-line' }, t('sources.kept'))),
    h('td', { class: 'number' }, effect > 0 ? signed(effect) : '–'));
}

/** A network as it is; a way in words where there is none. */
function rangeItem(range) {
  if (range.includes('/')) return h('li', { class: 'mono' }, range);
  return h('li', {}, range === 'prefix' ? t('claim.range') : reason('via', range));
}
