// Downloads. A link carries no key: where one is needed, the file is fetched with it and handed over.

import { ask, key } from './api.js';
import { fill, h } from './dom.js';
import { told } from './notice.js';
import { t } from './words.js';

/**
 * A link to a file of the server; `says`, an element, tells how a download with a key goes, which `signal` breaks off.
 */
export function fileLink({ href, name, label, says, signal, ...props }, ...children) {
  let isComing = false;
  const onclick = async (event) => {
    if (key() === '' || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (isComing) return;
    isComing = true;
    fill(says, t('saving', { name }));
    try {
      const blob = await (await ask(href, { signal })).blob();
      hand(blob, name);
      fill(says, t('saved', { name }));
    } catch (error) {
      if (!signal.aborted) fill(says, told(error));
    } finally {
      isComing = false;
    }
  };
  return h('a', { href, download: name, 'aria-label': label, title: label, ...props, onclick }, children);
}

function hand(blob, name) {
  const href = URL.createObjectURL(blob);
  h('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
