// The table of feeds: rows are made once, and then only put in order or left out.

import { fill, h } from '../kit/dom.js';
import { COLUMNS, matches, ordered } from './model.js';
import { feedRow } from './row.js';
import { t } from './words.js';

const NUMBERS = ['rows', 'faults', 'claims', 'reliability'];

/** `{element, draw}`: `draw({text, state, column, order})` shows what is asked for and says how many feeds that is. */
export function table(feeds, { onsort }) {
  const names = Object.keys(COLUMNS);
  const made = new Map(feeds.map((feed) => [feed.id, feedRow(feed, names.length)]));
  const heads = names.map((name) => h('th', {
    role: 'columnheader', scope: 'col', class: NUMBERS.includes(name) ? 'number' : null, dataset: { column: name },
  }, h('button', { type: 'button', class: 'sort', onclick: () => onsort(name) }, t.or(`col.${name}`, t.or(name)))));
  const body = h('tbody', { role: 'rowgroup' });
  const nothing = h('p', { class: 'soft nothing', hidden: true }, t('filter.nothing'));
  const element = h('div', {},
    h('table', { role: 'table', class: 'feeds', 'aria-label': t('table') },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, heads)), body), nothing);
  const draw = ({ text, state, column, order }) => {
    const shown = ordered(feeds.filter((feed) => matches(feed, { text, state })), { column, order });
    fill(body, shown.map(({ id }) => made.get(id).shown()));
    nothing.hidden = shown.length > 0;
    for (const head of heads) {
      if (head.dataset.column === column) head.setAttribute('aria-sort', order === 'desc' ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    return shown.length;
  };
  return { element, draw };
}
