// Which view is at which path, and how it comes: its module and its style, when first needed.

/** By the first part of a hash. */
export const VIEWS = {
  '': 'lookup', ip: 'lookup', as: 'networks', net: 'networks', releases: 'releases', feeds: 'feeds', api: 'api',
};

const brought = new Map();

/**
 * A view's module, its style loaded: it has `render({view, subject, query, signal, again})`, which gives
 * `{title, content}`.
 */
export function bring(name) {
  if (!brought.has(name)) {
    const both = Promise.all([import(`../${name}/view.js`), style(`/page/${name}/style.css`)]);
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
    link.onerror = () => reject(new Error(href));
  });
}
