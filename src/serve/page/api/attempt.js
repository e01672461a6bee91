// Try it: the form, the command that does the same, and the answer.

import { ApiError } from '../kit/api.js';
import { curlBox } from '../kit/curl.js';
import { fill, h } from '../kit/dom.js';
import { card } from '../kit/parts.js';
import { link, noting, replace } from '../kit/route.js';
import { answer } from './answer.js';
import { goodTypes } from './document.js';
import { form } from './form.js';
import { defaults, isFile, target } from './request.js';
import { exchange } from './send.js';
import { t } from './words.js';

/** The card; `query` has values that a link brought, `signal` ends with the operation, `keys` tells of a new key. */
export function attempt(operation, { schemas, index, query, signal, keys }) {
  const types = goodTypes(operation);
  const usual = defaults(operation, schemas, index);
  const start = { ...usual, ...Object.fromEntries(query) };
  const parts = form(operation, { schemas, types, start, accepted: query.get('Accept') });
  const command = h('div', {});
  const shown = h('div', { class: 'answer stack', id: 'api-answer' }, h('p', { class: 'soft' }, t('answer.none')));
  const news = h('p', { class: 'sr', role: 'status' });
  const stop = h('button', { type: 'button', id: 'api-stop', hidden: true, onclick: () => flight.abort() }, t('stop'));
  const submit = h('button', { type: 'submit', class: 'primary', id: 'api-send' }, t('send'));
  let flight = new AbortController();
  // What the answer that is shown holds: it ends when another one is shown.
  let shownUntil = new AbortController();

  const request = (extra = {}) => {
    const accept = parts.accept();
    const body = parts.body();
    return {
      path: target(operation, parts.values()),
      method: operation.method,
      body,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }), ...(accept && { Accept: accept }), ...extra,
      },
    };
  };
  const drawCommand = () => {
    fill(command, curlBox({ ...request(), isFile: isFile(types) }, { label: t('command'), id: 'api-curl' }));
  };
  const { soon, now } = noting(() => {
    const changed = Object.entries(parts.values()).filter(([name, value]) => value !== usual[name]);
    const accept = parts.accept();
    if (accept && accept !== parts.types[0]) changed.push(['Accept', accept]);
    replace(link('api', operation.id, new URLSearchParams(changed)));
  }, signal);
  const follow = () => {
    drawCommand();
    soon();
  };
  const show = (content) => {
    shownUntil.abort();
    shownUntil = new AbortController();
    fill(shown, content(AbortSignal.any([signal, shownUntil.signal])));
  };
  const run = async (extra) => {
    now();
    flight.abort();
    const own = new AbortController();
    flight = own;
    const { path, ...options } = request(extra);
    stop.hidden = false;
    shown.setAttribute('aria-busy', 'true');
    try {
      const both = AbortSignal.any([signal, own.signal]);
      const given = await exchange(path, { ...options, signal: both });
      if (signal.aborted || flight !== own) return;
      show((until) => answer(given, { url: path, signal: until, again: (etag) => run({ 'If-None-Match': etag }) }));
      news.textContent = t('answered', { status: given.status });
    } catch (error) {
      if (signal.aborted || flight !== own) return;
      const isStopped = error.name === 'AbortError';
      const text = isStopped ? t('stopped') : error.message;
      show(() => h('p', { class: 'refusal', lang: error instanceof ApiError || isStopped ? null : 'en' }, text));
      news.textContent = text;
    } finally {
      if (flight === own) {
        if (document.activeElement === stop) submit.focus();
        stop.hidden = true;
        shown.removeAttribute('aria-busy');
      }
    }
  };

  keys.addEventListener('change', drawCommand, { signal });
  drawCommand();
  return card({ named: 'api-try', title: t('try'), level: 3 },
    h('form', { class: 'stack', id: 'api-form', oninput: follow, onsubmit: (event) => {
      event.preventDefault();
      run();
    } }, parts.element, command,
    h('p', { class: 'row' }, submit, stop)),
    shown, news);
}
