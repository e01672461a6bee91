// Text to take along.

import { h } from './dom.js';
import { t } from './words.js';

/** Code in a box with a button that copies it, or what it stands for. */
export function copyable(text, { label = text, copies = text, id } = {}) {
  return h('div', { class: 'copyable' },
    h('pre', { tabindex: 0, role: 'region', 'aria-label': label, id }, h('code', {}, text)), copyButton(copies));
}

/** The button alone; `name` stands on it, `label` says what it copies if that is not plain from what is around it. */
export function copyButton(text, { name = t('copy'), label = name } = {}) {
  const named = (shown, said) => {
    button.textContent = shown;
    button.setAttribute('aria-label', said);
  };
  const button = h('button', { type: 'button', class: 'quiet', onclick: async () => {
    const copied = await take(text);
    if (!copied) return;
    named(t('copied'), t('copied'));
    setTimeout(() => named(name, label), 1500);
  } });
  named(name, label);
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
