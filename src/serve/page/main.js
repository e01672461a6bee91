// The page: a head that stays, and a view below it that follows the address bar.

import { fill } from './kit/dom.js';
import { failure, loading } from './kit/notice.js';
import { parse } from './kit/route.js';
import { tag, t } from './kit/words.js';
import { foot } from './shell/foot.js';
import { head } from './shell/head.js';
import { applyTheme } from './shell/theme.js';
import { VIEWS, bring } from './shell/views.js';

const main = document.getElementById('main');
let leave = new AbortController();

/** What the address bar says, once the head says it too. */
function here() {
  const route = parse(location.hash);
  const name = VIEWS[route.view];
  head(document.getElementById('head'), { name, ...route });
  return { name, route };
}

/** Shows what the address bar says. */
async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const { name, route } = here();
  if (!name) {
    fill(main, failure({ title: t('missing.title') }));
    return;
  }
  main.setAttribute('aria-busy', 'true');
  const late = setTimeout(() => fill(main, loading()), 150);
  try {
    const view = await bring(name);
    const { title, content } = await view.render({ ...route, signal, again: show });
    if (signal.aborted) return;
    document.title = title ? `${title} · ipmint` : 'ipmint';
    fill(main, content);
  } catch (error) {
    if (signal.aborted) return;
    fill(main, failure({ error, again: show }));
  } finally {
    clearTimeout(late);
    if (!signal.aborted) main.removeAttribute('aria-busy');
  }
}

/** Everything, in the language of the reader. */
function start() {
  document.documentElement.lang = tag();
  document.getElementById('skip').textContent = t('skip');
  foot(document.getElementById('foot'));
  show();
}

// The page was reached by a link: keep the reader at what is new, keyboard and screen reader too.
addEventListener('hashchange', () => show().then(() => scrollTo(0, 0)));
addEventListener('ipmint:went', here);
addEventListener('ipmint:language', start);
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
applyTheme();
start();
