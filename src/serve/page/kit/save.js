// Downloads. A link carries no key: where one is needed, the file is fetched with it and handed over.

import { ask, key } from './api.js';
import { h } from './dom.js';
import { t } from './words.js';

/** A link to a file of the server; `says(text)` hears how a download with a key goes. */
export function fileLink({ href, name, label, says, ...props }, ...children) {
  const onclick = async (event) => {
    if (key() === '') return;
    event.preventDefault();
    says(t('saving', { name }));
    try {
      const blob = await (await ask(href)).blob();
      hand(blob, name);
      says(t('saved', { name }));
    } catch (error) {
      says(error.message);
    }
  };
  return h('a', { href, download: name, 'aria-label': label, title: label, ...props, onclick }, children);
}

function hand(blob, name) {
  const href = URL.createObjectURL(blob);
  h('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
