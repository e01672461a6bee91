// The list of operations, by group, with a box that filters it. On a phone it folds away.

import { h } from '../kit/dom.js';
import { breakable } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { groups, matches } from './document.js';
import { methodName } from './prose.js';
import { tagName, t } from './words.js';

/** `{element, mark(id)}`; `choose(id)` is called when an operation is clicked. */
export function side(document, all, { choose, wide, signal }) {
  const links = new Map();
  const parts = groups(document, all).map(({ name, description, members }) => {
    const list = h('ul', {}, members.map((one) => h('li', {}, entry(one, links, choose))));
    return { members, element: h('section', {}, h('h2', { title: description }, tagName(name)), list) };
  });
  const none = h('p', { class: 'soft', role: 'status' });
  const box = h('input', {
    type: 'search', id: 'api-filter', 'aria-label': t('filter'), placeholder: t('filter'), autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => {
      for (const { members, element } of parts) {
        const found = members.filter((one) => matches(one, box.value.trim()));
        element.hidden = found.length === 0;
        for (const one of members) links.get(one.id).parentElement.hidden = !found.includes(one);
      }
      none.textContent = parts.every(({ element }) => element.hidden) ? t('filter.none') : '';
    },
  });
  const fold = h('details', { class: 'fold', open: wide.matches }, h('summary'),
    h('nav', { class: 'index', id: 'api-index', 'aria-label': t('operations') }, box, none,
      h('div', { class: 'list' }, parts.map(({ element }) => element))));
  wide.addEventListener('change', () => { fold.open = wide.matches; }, { signal });
  return { element: h('div', { class: 'side' }, fold), mark: (id) => mark(id, links, fold, wide) };
}

function entry(one, links, choose) {
  const method = one.method !== 'GET' && methodName(one);
  const anchor = h('a', { href: link('api', one.id), title: one.summary, onclick: (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    choose(one.id);
  } }, method, breakable(one.path));
  links.set(one.id, anchor);
  return anchor;
}

function mark(id, links, fold, wide) {
  for (const [name, anchor] of links) {
    if (name === id) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
  fold.firstElementChild.textContent = t('all', { n: links.size });
  if (!wide.matches) fold.open = false;
  const list = fold.querySelector('.list');
  const anchor = links.get(id);
  if (!wide.matches || !anchor) return;
  const [at, frame] = [anchor.getBoundingClientRect(), list.getBoundingClientRect()];
  if (at.top < frame.top || at.bottom > frame.bottom) list.scrollTop += at.top - frame.top - frame.height / 3;
}
