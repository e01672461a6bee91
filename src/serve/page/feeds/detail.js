// All that is known of one feed: what its state means, its group, its snapshot, and how it fared release by release.

import { h } from '../kit/dom.js';
import { count, day } from '../kit/format.js';
import { facts, table } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { stateLabel } from './marks.js';
import { t } from './words.js';

export function detail({ id, state, group, snapshot, as_of: asOf, history }) {
  const columns = [
    [t('release')], [t('state')], [t('col.rows'), 'number'], [t('col.faults'), 'number'], [t('detail.reason')],
  ];
  const rows = history.map((one) => h('tr', {},
    h('th', { scope: 'row' }, h('a', { href: link('releases', one.version) }, one.version)),
    h('td', {}, stateLabel(one.state)),
    h('td', { class: 'number' }, count(one.rows, { exact: true })),
    h('td', { class: 'number' }, count(one.faults, { exact: true })),
    h('td', { class: 'why', lang: one.reason ? 'en' : null }, one.reason ?? '–')));
  const caption = t('detail.history');
  return h('div', { class: 'detail' },
    facts([
      [t('detail.state'), t.or(`means.${state}`, null)],
      [t('detail.as_of'), asOf ? day(asOf) : t('age.unknown')],
      [t('detail.group'), group === id ? t('detail.alone') : t('detail.group_of', { group })],
      [t('detail.snapshot'), snapshot ? h('code', {}, snapshot) : t('none')],
    ]),
    table({ label: `${id}: ${caption}`, caption, columns, rows }));
}
