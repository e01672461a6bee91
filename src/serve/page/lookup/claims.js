// Claims: who says it, of which range, how old it is, and what that counts for.

import { h } from '../kit/dom.js';
import { day, percent } from '../kit/format.js';
import { card } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { groupOf, nameOf } from './names.js';
import { signed } from './points.js';
import { reason, standing } from './reasons.js';
import { t } from './words.js';

/** The claims of one category, the strongest first. */
export function claimList(claims, feeds) {
  return h('ul', { class: 'claims' }, claims.map((claim) => h('li', { dataset: { feed: claim.feed } },
    h('p', { class: 'row between' }, feedLink(claim.feed),
      h('span', { class: 'number' }, signed(claim.effect_ppm))),
    details(claim, feeds),
    h('p', { class: 'small soft' }, strength(claim)),
    claim.standing !== 'counted' && h('p', { class: 'small' }, standing(claim.standing)))));
}

/** Claims that are not scored, in a card of their own. */
export function plainCard(claims, feeds) {
  return card({ id: 'plain', title: t('plain.title') },
    h('p', { class: 'soft small' }, t('plain.how')),
    h('ul', { class: 'claims' }, claims.map((claim) => h('li', { dataset: { feed: claim.feed } },
      h('p', { class: 'row' }, h('strong', { dataset: { group: groupOf(claim.category) } }, nameOf(claim.category)),
        feedLink(claim.feed)),
      details(claim, feeds)))));
}

/** A feed, where more is known of it. */
export function feedLink(feed) {
  return h('a', { class: 'feed', href: link('feeds', '', { q: feed }) }, feed);
}

/** Of whom, of which range, how old. */
function details(claim, feeds) {
  const said = [...where(claim), age(claim), snapshot(feeds[claim.feed])];
  return h('p', { class: 'small soft' }, said.filter(Boolean).join(' · '));
}

function where({ via, network, provider, service }) {
  const range = network ?? (via === 'prefix' ? t('claim.range') : null);
  return [[provider, service].filter(Boolean).join(' – '), range, reason('via', via)].filter(Boolean);
}

const age = ({ age_days: n }) => (n === 0 ? t('claim.today') : t('claim.age', { n }));
const snapshot = (feed) => (feed?.as_of ? t('claim.of', { date: day(feed.as_of) }) : null);

/** `r · d · s`, each as far as it counts for less than one. */
function strength({ via, reliability, decay_ppm: decay, strength_ppm: product }) {
  const reliable = t('claim.reliable', { share: percent(reliability / 1e3) });
  if (decay === 0) return reliable;
  const factors = [reliable];
  if (decay < 1e6) factors.push(t('claim.decay', { share: percent(decay / 1e6) }));
  if (via !== 'prefix') {
    const way = Math.round((product * 1e6) / (reliability * decay)) / 1e3;
    factors.push(t('claim.way', { via: reason('via', via), share: percent(way) }));
  }
  if (factors.length === 1) return reliable;
  return `${factors.join(' × ')} = ${percent(product / 1e6)}`;
}
