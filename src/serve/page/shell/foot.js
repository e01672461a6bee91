// The foot: which release the answers are of.

import { json } from '../kit/api.js';
import { fill, h } from '../kit/dom.js';
import { link } from '../kit/route.js';
import { t } from '../kit/words.js';

export async function foot(element) {
  fill(element, h('span', {}, t('foot.offline')));
  const index = await json('/index.json').catch(() => null);
  if (!index) return;
  const release = h('a', { href: link('releases', index.current) }, t('version', { version: index.current }));
  fill(element, h('span', {}, t('foot.offline')), release);
}
