// The same as the interface has it: a request to copy, and its answer as JSON.

import { json } from '../kit/api.js';
import { curlBox } from '../kit/curl.js';
import { fill, h } from '../kit/dom.js';
import { jsonView } from '../kit/json.js';
import { told } from '../kit/notice.js';
import { card, choice } from '../kit/parts.js';
import { t } from './words.js';

/** The card: `answers` are `{name, path, value}`; without a value it is asked for when wanted. */
export function rawCard(answers, signal) {
  const place = h('div', { class: 'stack' });
  const choose = (name) => {
    const answer = answers.find((one) => one.name === name);
    press(name);
    fill(place, curlBox({ path: answer.path }), document_(answer, signal));
  };
  const items = answers.map(({ name }) => ({ key: name, name, class: 'quiet', translate: 'no' }));
  const { buttons, press } = choice('answer', items, choose);
  choose(answers[0].name);
  return card({ id: 'raw', title: t('raw.title') },
    h('div', { class: 'row', role: 'group', 'aria-labelledby': 'raw-title' }, buttons), place);
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
      if (!signal.aborted) fill(place, told(error, { role: 'alert' }));
    }
  };
  const details = h('details', { ontoggle: open }, h('summary', {}, t('raw.json')), place);
  return details;
}
