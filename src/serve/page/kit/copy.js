// Text to take along.

import { h } from './dom.js';
import { t } from './words.js';

/** Code in a box with a button that copies it. */
export function copyable(text, { label = text } = {}) {
  return h('div', { class: 'copyable' },
    h('pre', { tabindex: 0, role: 'region', 'aria-label': label }, h('code', {}, text)), copyButton(text));
}

/** The button alone. */
export function copyButton(text) {
  const button = h('button', { type: 'button', class: 'quiet', onclick: async () => {
    const copied = await take(text);
    if (!copied) return;
    button.textContent = t('copied');
    setTimeout(() => { button.textContent = t('copy'); }, 1500);
  } }, t('copy'));
  return button;
}

/** Without TLS a browser has no clipboard to write to but by a selection. */
async function take(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = h('textarea', { class: 'sr', 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
