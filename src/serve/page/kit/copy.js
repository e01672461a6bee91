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
  const news = document.getElementById('news');
  const button = h('button', { type: 'button', class: 'quiet', onclick: async () => {
    const says = t(await take(text) ? 'copied' : 'copied.not');
    news.textContent = says;
    named(says, says);
    setTimeout(() => {
      news.textContent = '';
      named(name, label);
    }, 1500);
  } });
  named(name, label);
  return button;
}

/** Without TLS a browser has no clipboard to write to but by a selection; with it, it may refuse. */
async function take(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return selected(text);
  }
}

function selected(text) {
  const before = document.activeElement;
  const area = h('textarea', { class: 'sr taken', 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.focus({ preventScroll: true });
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  before?.focus({ preventScroll: true });
  return isCopied;
}
