// Which view is at which path, and how it comes: its module and its style, when first needed.

import { ApiError, arrived } from '../kit/api.js';
import { t } from '../kit/words.js';

/** By the first part of a hash. */
const VIEWS = {
  '': 'lookup', ip: 'lookup', as: 'networks', net: 'networks', releases: 'releases', feeds: 'feeds', api: 'api',
};

/** The name of the view at a path, undefined if there is none. */
export const viewAt = (path) => (Object.hasOwn(VIEWS, path) ? VIEWS[path] : undefined);

const brought = new Map();

/**
 * A view's module, its style loaded: it has `render({view, subject, query, signal, again})`, which gives
 * `{title, content}`.
 */
export function bring(name) {
  if (!brought.has(name)) {
    const both = Promise.all([arrived(import(`../${name}/view.js`)), style(`/page/${name}/style.css`)]);
    brought.set(name, both.then(([view]) => view));
    both.catch(() => brought.delete(name));
  }
  return brought.get(name);
}

function style(href) {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'stylesheet', href });
  document.head.append(link);
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new ApiError('offline', t('error.offline'), 0));
    };
  });
}
