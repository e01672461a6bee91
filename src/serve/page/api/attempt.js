// Try it: the form, the command that does the same, and the answer.

import { curlBox } from '../kit/curl.js';
import { fill, h } from '../kit/dom.js';
import { card } from '../kit/parts.js';
import { link } from '../kit/route.js';
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
  const parts = form(operation, { schemas, types, start: { ...usual, ...Object.fromEntries(query) } });
  const command = h('div', {});
  const shown = h('div', { class: 'answer stack', id: 'api-answer' }, h('p', { class: 'soft' }, t('answer.none')));
  const news = h('p', { class: 'sr', role: 'status' });
  const stop = h('button', { type: 'button', id: 'api-stop', hidden: true, onclick: () => flight.abort() }, t('stop'));
  let flight = new AbortController();

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
  const follow = () => {
    drawCommand();
    const changed = Object.entries(parts.values()).filter(([name, value]) => value !== usual[name]);
    history.replaceState(null, '', link('api', operation.id, Object.fromEntries(changed)));
  };
  const run = async (extra) => {
    flight.abort();
    const own = new AbortController();
    flight = own;
    const { path, ...options } = request(extra);
    stop.hidden = false;
    shown.setAttribute('aria-busy', 'true');
    try {
      const both = AbortSignal.any([signal, own.signal]);
      const given = await exchange(path, { ...options, signal: both });
      fill(shown, answer(given, { url: path, signal, again: (etag) => run({ 'If-None-Match': etag }) }));
      news.textContent = t('answered', { status: given.status });
    } catch (error) {
      if (signal.aborted || flight !== own) return;
      const text = error.name === 'AbortError' ? t('stopped') : error.message;
      fill(shown, h('p', { class: 'refusal' }, text));
      news.textContent = text;
    } finally {
      if (flight === own) {
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
    h('p', { class: 'row' }, h('button', { type: 'submit', class: 'primary', id: 'api-send' }, t('send')), stop)),
    shown, news);
}
