// What stands where there is nothing to show: it loads, it failed, it is empty.

import { ApiError, keepKey, key } from './api.js';
import { copyable } from './copy.js';
import { h } from './dom.js';
import { t } from './words.js';

/** Something is on its way. */
export function loading() {
  return h('p', { class: 'notice', role: 'status' }, t('loading'));
}

/** What is wrong with the question stays wrong. */
const FINAL = [400, 404];

/** An error in words, with what can be done: publish something, give a key, or `again` where that can help. */
export function failure({ error, title, again, level = 1, kind = 'notice' }) {
  if (error && !(error instanceof ApiError)) console.error(error);
  const heading = (text) => h(`h${level}`, {}, text);
  if (error?.code === 'no_database') return empty(again, { heading, kind });
  if (error?.status === 401 && again) return keyWanted(error, again, { heading, kind });
  return h('section', { class: kind, role: 'alert' },
    heading(title ?? t('error.title')),
    error && told(error),
    again && !FINAL.includes(error?.status) && h('button', { type: 'button', onclick: again }, t('again')));
}

/** An error's words; the server's are English, so that elsewhere a sentence of the reader's language comes first. */
export function told(error, props = {}) {
  const own = t.or(`said.${error.code}`, '');
  if (own !== '') return h('div', props, h('p', {}, own), h('p', { class: 'small soft', lang: 'en' }, error.message));
  return h('p', OWN.includes(error.code) ? props : { lang: 'en', ...props }, error.message);
}

/** Errors whose words are the page's. */
const OWN = ['offline', 'unreadable', 'asked'];

/** A store without a release. */
function empty(again, { heading, kind }) {
  return h('section', { class: kind },
    heading(t('empty.title')),
    h('p', {}, t('empty.how')),
    copyable('ipmint build --sample'),
    again && h('button', { type: 'button', onclick: again }, t('again')));
}

function keyWanted(error, again, { heading, kind }) {
  const wrong = h('p', { class: 'wrong', id: 'api-key-wrong', role: 'alert' });
  const box = h('input', {
    id: 'api-key', type: 'password', autocomplete: 'off', value: key(), 'aria-describedby': wrong.id,
  });
  return h('form', { class: kind, onsubmit: (event) => {
    event.preventDefault();
    if (keepKey(box.value.trim())) again();
    else wrong.textContent = t('key.wrong');
  } },
  heading(t('key.label')),
  told(error, { role: 'alert' }),
  h('p', {}, t('key.why')),
  h('p', { class: 'row' }, h('label', { for: 'api-key', class: 'sr' }, t('key.label')), box,
    h('button', { class: 'primary' }, t('key.use'))), wrong);
}
