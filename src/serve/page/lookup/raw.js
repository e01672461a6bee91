// The same as the interface has it: a request to copy, and its answer as JSON.

import { json, key } from '../kit/api.js';
import { copyable } from '../kit/copy.js';
import { fill, h } from '../kit/dom.js';
import { jsonView } from '../kit/json.js';
import { t } from './words.js';

/** The command line that asks for a path. */
export function curl(path) {
  const header = key() ? ` -H 'X-API-Key: ${key()}'` : '';
  return `curl -s${header} '${location.origin}${path}'`;
}

/** The card: `answers` are `{name, path, value}`; without a value it is asked for when wanted. */
export function rawCard(answers, signal) {
  const place = h('div', { class: 'stack' });
  const buttons = answers.map((answer) => h('button', {
    type: 'button', class: 'quiet', dataset: { answer: answer.name }, onclick: () => choose(answer),
  }, answer.name));
  const choose = (answer) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.answer === answer.name));
    fill(place, copyable(curl(answer.path), { label: 'curl' }), document_(answer, signal));
  };
  choose(answers[0]);
  return h('section', { class: 'card', id: 'raw', 'aria-labelledby': 'raw-title' },
    h('h2', { id: 'raw-title' }, t('raw.title')),
    h('div', { class: 'stack' },
      h('div', { class: 'tabs', role: 'group', 'aria-labelledby': 'raw-title' }, buttons), place));
}

/** An answer that is drawn when it is opened: it is long. */
function document_(answer, signal) {
  const place = h('div', {});
  const open = async () => {
    if (!details.open || place.hasChildNodes()) return;
    try {
      answer.value ??= await json(answer.path, { signal });
      fill(place, jsonView(answer.value, { label: answer.path }));
    } catch (error) {
      if (!signal.aborted) fill(place, h('p', { role: 'alert' }, error.message));
    }
  };
  const details = h('details', { ontoggle: open }, h('summary', {}, t('raw.json')), place);
  return details;
}
