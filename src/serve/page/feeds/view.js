// Feeds: how each source fares, to sort and to filter; what is asked for is in the address bar.

import { json } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { noting, remember } from '../kit/route.js';
import { STATES } from '../kit/states.js';
import { COLUMNS } from './model.js';
import { table } from './table.js';
import { tiles } from './tiles.js';
import { t } from './words.js';

export async function render({ query, signal }) {
  const { version, feeds } = await json('/v1/feeds', { signal });
  const asked = read(query);
  const { soon, now } = noting(() => remember(written(asked)), signal);
  const set = (values, note = now) => {
    Object.assign(asked, values);
    draw();
    note();
  };
  const box = h('input', {
    id: 'feed-filter', type: 'search', autocomplete: 'off', spellcheck: 'false', value: asked.text,
    placeholder: t('filter.hint'), oninput: () => set({ text: box.value.trim() }, soon),
    onchange: now,
  });
  const many = h('span', { id: 'feed-count', class: 'soft small', role: 'status' });
  const clear = h('button', { type: 'button', class: 'quiet', onclick: () => {
    if (clear.getAttribute('aria-disabled') === 'true') return;
    box.value = '';
    set({ text: '', state: '' });
    box.focus();
  } }, t('filter.clear'));
  const top = tiles(feeds, { onstate: (state) => set({ state: state === asked.state ? '' : state }) });
  const rows = table(feeds, { onsort: (column) => set(turned(asked, column)) });
  const draw = () => {
    const shown = rows.draw(asked);
    top.press(asked.state);
    many.textContent = t('filter.shown', { n: feeds.length, shown: count(shown), all: count(feeds.length) });
    clear.setAttribute('aria-disabled', String(asked.text === '' && asked.state === ''));
  };
  draw();
  const content = h('div', { class: 'stack feeds-view' },
    h('div', { class: 'stack tight' },
      h('h1', {}, t('title')), h('p', { class: 'soft' }, t('lead', { version }))),
    feeds.length === 0 ? h('p', {}, t('empty')) : [
      top.element,
      h('section', { class: 'card', 'aria-label': t('table') },
        h('div', { class: 'row filter' },
          h('label', { for: box.id, class: 'soft small' }, t('filter')), box, many, clear),
        rows.element),
    ]);
  return { title: t('title'), content };
}

const START = { column: 'state', order: 'asc' };

/** What an address bar asks for; what it gets wrong is as at the start. */
function read(query) {
  const column = Object.hasOwn(COLUMNS, query.get('sort')) ? query.get('sort') : START.column;
  const order = ['asc', 'desc'].includes(query.get('order')) ? query.get('order') : COLUMNS[column].begin;
  const state = STATES.includes(query.get('state')) ? query.get('state') : '';
  return { text: query.get('q') ?? '', state, column, order };
}

/** The same as values of a query; what is as at the start is left out. */
function written({ text, state, column, order }) {
  const isSorted = column !== START.column || order !== START.order;
  return { q: text, state, sort: isSorted ? column : '', order: isSorted ? order : '' };
}

/** Another column begins its own way; the same one turns around. */
function turned({ column: before, order }, column) {
  if (column !== before) return { column, order: COLUMNS[column].begin };
  return { order: order === 'asc' ? 'desc' : 'asc' };
}
