// The ranges whose score moved most, from what it was to what it is.

import { h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { breakable, table } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { chips, scorePill } from '../kit/signals.js';
import { t } from './words.js';

const FAMILY = { v4: (range) => !range.includes(':'), v6: (range) => range.includes(':') };

export function movers({ movers: { by, ranges }, family, familyName }) {
  const shown = ranges.filter(({ range }) => FAMILY[family](range));
  const title = t(by === 'size' ? 'movers.size' : 'movers');
  const columns = [[t('range')], [t('score')], [t('addresses'), 'number'], [t('movers.signals')]];
  return [h('h3', {}, title), shown.length === 0
    ? h('p', { class: 'soft' }, t('movers.none', { family: familyName }))
    : table({ label: title, id: 'movers', columns, rows: shown.map(row) })];
}

/** The one address that a range is, or null. */
export function single(range) {
  const [address, length] = range.split('/');
  return length === (address.includes(':') ? '128' : '32') ? address : null;
}

function row({ range, addresses, old_score: before, new_score: after, fields }) {
  const signals = fields.filter((field) => field.startsWith('signals.')).map((field) => field.slice('signals.'.length));
  return h('tr', {},
    h('td', { class: 'mono range' }, look(range)),
    h('td', { class: 'turn' }, h('span', { class: 'sr' },
      t('movers.from_to', { before: before ?? t('none'), after: after ?? t('none') })),
    h('span', { class: 'row', 'aria-hidden': 'true' }, pill(before), '→', pill(after))),
    h('td', { class: 'number' }, count(addresses)),
    h('td', {}, signals.length === 0
      ? h('span', { class: 'soft' }, '–') : chips(signals)));
}

/** A link to where a range is looked at; one of two addresses may break where it has its dash. */
function look(range) {
  const address = single(range);
  if (address) return h('a', { href: link('ip', address) }, address);
  return h('a', { href: link('net', range) }, breakable(range, '-'));
}

const pill = (score) => (typeof score === 'number' ? scorePill(score) : h('span', { class: 'score soft' }, '–'));
