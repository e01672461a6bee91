// What stands where there is nothing to show: it loads, it failed, it is empty.

import { ApiError, keepKey, key } from './api.js';
import { copyable } from './copy.js';
import { h } from './dom.js';
import { t } from './words.js';

/** Something is on its way. */
export function loading() {
  return h('p', { class: 'notice', role: 'status' }, t('loading'));
}

/** An error in words, with what can be done: publish something, give a key, or `again`. */
export function failure({ error, title, again }) {
  if (error && !(error instanceof ApiError)) console.error(error);
  if (error?.code === 'no_database') return empty();
  if (error?.status === 401 && again) return keyWanted(error, again);
  return h('section', { class: 'notice', role: 'alert' },
    h('h1', {}, title ?? t('error.title')),
    error && h('p', {}, error.message),
    again && h('button', { type: 'button', onclick: again }, t('again')));
}

/** A store without a release. */
export function empty() {
  return h('section', { class: 'notice' },
    h('h1', {}, t('empty.title')),
    h('p', {}, t('empty.how')),
    copyable('ipmint build --sample'));
}

function keyWanted(error, again) {
  const box = h('input', { id: 'api-key', type: 'password', autocomplete: 'off', value: key() });
  return h('form', { class: 'notice', onsubmit: (event) => {
    event.preventDefault();
    keepKey(box.value.trim());
    again();
  } },
  h('h1', {}, t('key.label')),
  h('p', { role: 'alert' }, error.message),
  h('p', {}, t('key.why')),
  h('p', { class: 'row' }, h('label', { for: 'api-key', class: 'sr' }, t('key.label')), box, h('button', { class: 'primary' }, t('key.use'))));
}
