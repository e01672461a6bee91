// The page: a head that stays, and a view below it that follows the address bar.

import { fill, h } from './kit/dom.js';
import { failure, loading } from './kit/notice.js';
import { isBack, parse } from './kit/route.js';
import { tag, t } from './kit/words.js';
import { foot } from './shell/foot.js';
import { applyTheme, head } from './shell/head.js';
import { bring, viewAt } from './shell/views.js';

const main = document.getElementById('main');
let leave = new AbortController();

/** What the address bar says, once the head says it too. */
function here() {
  const route = parse(location.hash);
  const name = viewAt(route.view);
  head(document.getElementById('head'), { name, ...route });
  return { name, route };
}

/** Shows what the address bar says; false if it says something else before that is done. */
async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const { name, route } = here();
  main.setAttribute('aria-busy', 'true');
  const late = setTimeout(() => fill(main, loading()), 150);
  try {
    const { title, content } = name ? await (await bring(name)).render({ ...route, signal, again }) : missing();
    if (!signal.aborted) put(title, content);
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    clearTimeout(late);
    if (!signal.aborted) main.removeAttribute('aria-busy');
  }
  return !signal.aborted;
}

function put(title, content) {
  document.title = title ? `${title} · ipmint` : 'ipmint';
  fill(main, content);
}

const missing = () => ({ title: t('missing.title'), content: failure({ title: t('missing.title') }) });

function fail(error) {
  const content = failure({ error, again: error.isOfPage ? () => location.reload() : again });
  put(content.querySelector('h1').textContent, content);
}

/** Shows what was asked for, and puts the reader at its beginning: eyes, keyboard and screen reader. */
async function again() {
  if (!await show()) return;
  const heading = main.querySelector('h1') ?? main;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: 'instant' });
}

/** Everything, in the language of the reader. */
function start() {
  document.documentElement.lang = tag();
  document.getElementById('skip').textContent = t('skip');
  foot(document.getElementById('foot'));
  show();
}

/** Every colour is a pair of them: what cannot choose one shows none. */
function warn() {
  if (CSS.supports('color', 'light-dark(red, red)')) return;
  main.before(h('p', { class: 'notice', role: 'status' }, t('browser.old')));
}

// Who comes back to where they were stays there.
addEventListener('hashchange', () => (isBack() ? show() : again()));
addEventListener('ipmint:again', again);
addEventListener('ipmint:went', here);
addEventListener('ipmint:language', start);
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
applyTheme();
isBack();
warn();
start();
