// The interface: every operation of the server's own description of it, to read and to try.

import { json, keepKey, key, once } from '../kit/api.js';
import { fill, h } from '../kit/dom.js';
import { link, went } from '../kit/route.js';
import { FIRST, operations } from './document.js';
import { operationArticle } from './operation.js';
import { paragraph } from './prose.js';
import { side } from './side.js';
import { t } from './words.js';

/** Shows the operation that `subject` names. */
export async function render({ subject, query, signal }) {
  const versions = json('/index.json', { signal }).catch(() => null);
  const [document, index] = await Promise.all([once('/openapi.json', { signal }), versions]);
  const all = operations(document);
  const keys = new EventTarget();
  const wide = matchMedia('(min-width: 60rem)');
  const place = h('div', { class: 'place' });
  const { schemas = {}, securitySchemes: schemes = {} } = document.components ?? {};
  const context = { schemas, schemes, index, keys };
  let leave = new AbortController();

  const show = (id, values) => {
    leave.abort();
    leave = new AbortController();
    const one = all.find((each) => each.id === id);
    const both = AbortSignal.any([signal, leave.signal]);
    fill(place, one ? operationArticle(one, { ...context, query: values, signal: both }) : missing(id));
    list.mark(id);
    return one;
  };
  const choose = (id) => {
    went(link('api', id));
    const one = show(id, new URLSearchParams());
    globalThis.document.title = `${title(one)} · ipmint`;
    place.querySelector('h2').focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: 'instant' });
  };
  const list = side(document, all, { choose, wide, signal });
  const one = show(subject || FIRST, query);
  requestAnimationFrame(() => list.mark(one?.id));
  const halves = h('div', { class: 'halves' }, list.element, place);
  const content = h('div', { class: 'api stack' }, intro(document, keys), halves);
  return { title: one ? title(one) : t('title'), content };
}

const missing = (id) => h('section', { class: 'card stack', role: 'alert' },
  h('h2', {}, t('missing', { id })), h('p', {}, h('a', { href: link('api', FIRST) }, t('missing.first'))));

const title = ({ method, path }) => `${method} ${path}`;

function intro({ info }, keys) {
  const box = h('input', {
    id: 'api-key-kept', type: 'password', autocomplete: 'off', value: key(), placeholder: t('key.none'),
    'aria-describedby': 'api-key-about api-key-wrong',
    oninput: () => {
      wrong.textContent = keepKey(box.value.trim()) ? '' : t('key.wrong');
      keys.dispatchEvent(new Event('change'));
    },
  });
  const wrong = h('p', { class: 'wrong', id: 'api-key-wrong', role: 'status' });
  return h('header', { class: 'intro' },
    h('div', { class: 'stack tight' },
      h('h1', {}, t('title'), ' ', h('span', { class: 'soft version' }, info.version)),
      paragraph(info.description, { class: 'soft' }),
      h('p', {}, h('a', { href: '/openapi.json' }, '/openapi.json'))),
    h('div', { class: 'stack tight' },
      h('label', { for: 'api-key-kept' }, t('key')), box, wrong,
      h('p', { class: 'soft small', id: 'api-key-about' }, t('key.kept'))));
}
