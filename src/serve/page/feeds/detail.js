// All that is known of one feed: what its state means, its group, its snapshot, and how it fared release by release.

import { h } from '../kit/dom.js';
import { count, day } from '../kit/format.js';
import { link } from '../kit/route.js';
import { stateLabel } from './marks.js';
import { STATES } from './model.js';
import { t } from './words.js';

export function detail({ id, state, group, snapshot, as_of: asOf, history }) {
  const columns = [
    ['detail.release'], ['col.state'], ['col.rows', 'number'], ['col.faults', 'number'], ['detail.reason'],
  ];
  return h('div', { class: 'detail' },
    h('dl', { class: 'facts' },
      STATES.includes(state) && [h('dt', {}, t('detail.state')), h('dd', {}, t(`means.${state}`))],
      h('dt', {}, t('detail.as_of')), h('dd', {}, asOf ? day(asOf) : t('age.unknown')),
      h('dt', {}, t('detail.group')), h('dd', {}, group === id ? t('detail.alone') : t('detail.group_of', { group })),
      h('dt', {}, t('detail.snapshot')), h('dd', {}, snapshot ? h('code', {}, snapshot) : t('detail.none'))),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `${id}: ${t('detail.history')}` },
      h('table', {},
        h('caption', {}, t('detail.history')),
        h('thead', {}, h('tr', {}, columns.map(([name, kind]) => h('th', { scope: 'col', class: kind }, t(name))))),
        h('tbody', {}, history.map((one) => h('tr', {},
          h('th', { scope: 'row' }, h('a', { href: link('releases', one.version) }, one.version)),
          h('td', {}, stateLabel(one.state)),
          h('td', { class: 'number' }, count(one.rows, { exact: true })),
          h('td', { class: 'number' }, count(one.faults, { exact: true })),
          h('td', { class: 'why' }, one.reason ?? '–')))))));
}
