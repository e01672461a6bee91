// Where one is: the networks around, the other family, and what the map shows.

import { around, formatPrefix } from '../kit/address.js';
import { h } from '../kit/dom.js';
import { choice } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { SIGNALS, signalName } from '../kit/signals.js';
import { ancestors, isPrefix, rangeText } from './prefix.js';
import { t } from './words.js';

/** The way from all addresses to a range, each step a link. */
export function crumbs(range, query) {
  const prefix = around(range);
  const outer = ancestors(prefix);
  if (!isPrefix(range)) outer.push(prefix);
  const step = (one) => h('li', {}, h('a', { href: link('net', formatPrefix(one), query) }, formatPrefix(one)));
  const here = range.first === range.last
    ? h('a', { href: link('ip', rangeText(range)) }, t('address'))
    : h('span', { 'aria-current': 'page' }, rangeText(range));
  return h('nav', { class: 'crumbs mono', 'aria-label': t('crumbs') }, h('ol', {}, outer.map(step), h('li', {}, here)));
}

/** To all of IPv4, and to what is given out of IPv6: the rest of it is empty. */
export function families(query) {
  const to = (name, q) => h('a', { href: link('net', q, query), title: t(`all.${name}`) }, name.replace('v', 'IPv'));
  return h('nav', { class: 'row small', 'aria-label': t('family') }, to('v4', '0.0.0.0/0'), to('v6', '2000::/3'));
}

/** What the map can show. */
export const SHOWN = ['score', 'signals', ...SIGNALS];

/** `{element, set(show)}`: chooses what the map shows. */
export function chooser(onPick) {
  const items = [{ key: 'score', name: t('score') }, { key: 'signals', name: t('signals') }];
  const { buttons, press } = choice('show', items, onPick);
  const onchange = () => select.value && onPick(select.value);
  const select = h('select', { id: 'map-signal', 'aria-label': t('show.pick'), onchange },
    h('option', { value: '' }, t('show.one')),
    SIGNALS.map((name) => h('option', { value: name }, signalName(name))));
  const set = (show) => {
    press(show);
    select.value = SIGNALS.includes(show) ? show : '';
  };
  const label = h('span', { class: 'small soft', id: 'map-shows' }, t('show'));
  const element = h('div', { class: 'row', role: 'group', 'aria-labelledby': 'map-shows' }, label, buttons, select);
  return { element, set };
}
