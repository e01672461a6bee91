// The releases that a store keeps, as a row to choose from, the newest first.

import { h } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { link } from '../kit/route.js';
import { t } from './words.js';

export function kept({ index, releases, release }) {
  const items = releases.map(({ version, build_epoch: built, sequence }) => h('li', {},
    h('a', { href: link('releases', version), 'aria-current': version === release.version ? 'page' : null },
      h('span', { class: 'name' }, version, version === index.current && h('span', { class: 'chip' }, t('current'))),
      h('span', { class: 'soft small' }, `${day(built)} · ${t('number', { n: sequence })}`))));
  return h('nav', { class: 'kept', 'aria-label': t('kept') }, h('ol', {}, items));
}
