// What views are put together from: cards, facts, tables, bars, buttons; `parts.css` dresses them.

import { h } from './dom.js';
import { count } from './format.js';

/** A card with a heading, beside which `aside` stands; `named` is the heading's id. */
export function card({ id, title, aside, named = `${id}-title`, level = 2, ...props }, ...children) {
  const heading = h(`h${level}`, { id: named }, title);
  return h('section', { id, 'aria-labelledby': named, ...props, class: `card stack ${props.class ?? ''}` },
    aside ? h('div', { class: 'row between' }, heading, aside) : heading, children);
}

/** Names and what they are: `[name, content, props]`; what is not known is left out. */
export function facts(rows, props = {}) {
  return h('dl', { ...props, class: `facts ${props.class ?? ''}` }, rows
    .filter(([, content]) => content !== '' && content !== null && content !== undefined && content !== false)
    .map(([name, content, own]) => [h('dt', {}, name), h('dd', own, content)]));
}

/** A count in short; whole where it is pointed at. */
export function amount(n, sign = '') {
  return h('span', { title: count(n, { exact: true }) }, `${sign}${count(n)}`);
}

/**
 * A table that scrolls by itself, also by keyboard. `columns` are `[name, class]`; `rows` are of `row`, or a `tbody`;
 * one that `stacks` has its cells below each other on a phone.
 */
export function table({ label, columns, rows, caption, stacks = false, ...props }) {
  const role = (name) => (stacks ? name : null);
  const body = Array.isArray(rows) ? h('tbody', { role: role('rowgroup') }, rows) : rows;
  const heads = columns.map(([name, kind]) => h('th', { scope: 'col', class: kind, role: role('columnheader') }, name));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
    h('table', { ...props, role: role('table'), class: `${stacks ? 'stacks' : ''} ${props.class ?? ''}` },
      caption && h('caption', {}, caption),
      h('thead', { role: role('rowgroup') }, h('tr', { role: role('row') }, heads)), body));
}

/** A cell of a table that stacks, where `label` stands above it in the place of the column's head. */
export function cell(label, kind, ...children) {
  return h('td', { role: 'cell', class: kind, dataset: { label } }, children);
}

/** A bar so full, 0 to 1: numbers beside it say the same. */
export function bar(part) {
  return h('span', { class: 'bar', style: { '--share': `${100 * part}%` }, 'aria-hidden': 'true' }, h('span'));
}

/**
 * Buttons of which one is pressed: `{buttons, press(key)}`. Items are `{key, name}` and properties; `kind` is what the
 * key is of, as `data-…` has it.
 */
export function choice(kind, items, onchoose) {
  const buttons = items.map(({ key, name, ...props }) => h('button', {
    type: 'button', ...props, dataset: { [kind]: key }, onclick: () => onchoose(key),
  }, name));
  const press = (key) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset[kind] === key));
  };
  return { buttons, press };
}

/** Text in which what stands between backquotes is code. */
export function prose(text) {
  return text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));
}

/** Text that may break after a character, as a path may after each slash. */
export function breakable(text, after = '/') {
  return text.split(after).flatMap((part, place) => (place ? [after, h('wbr'), part] : [part]));
}
