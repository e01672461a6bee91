// The most common AS, providers and countries of a network.

import { h } from '../kit/dom.js';
import { count, country, shareOf } from '../kit/format.js';
import { bar, card } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { t } from './words.js';

/** Three cards. */
export function tops({ top, total }) {
  const { asns, providers, countries } = top;
  return h('div', { class: 'tops' },
    ranking('asns', top.n_asns, asns.map((entry) => [entry, h('a', { href: link('as', entry.asn.replace(/^AS/, '')) },
      entry.asn, ' ', h('span', {}, entry.as_name ?? '')), `${entry.asn} ${entry.as_name ?? ''}`]), total),
    ranking('providers', top.n_providers, providers.map((entry) => [entry, entry.provider, entry.provider]), total),
    ranking('countries', top.n_countries, countries.map((entry) => {
      const name = country(entry.country_code);
      return [entry, [name, ' ', h('span', { class: 'soft' }, entry.country_code)], name];
    }), total));
}

function ranking(name, all, entries, total) {
  const most = entries[0]?.[0].ratio ?? 1;
  const shown = h('span', { class: 'soft small' }, t('top.of', { n: entries.length, all: count(all) }));
  return card({ named: `top-${name}`, title: [t(name), ' ', entries.length < all && shown] },
    entries.length === 0 ? h('p', { class: 'soft' }, t('top.none'))
      : h('ol', { class: 'top' }, entries.map(([part, label, title]) => h('li', {},
        h('span', { class: 'name', title }, label),
        h('span', { class: 'number', title: count(part.count, { exact: true }) }, shareOf(part, total)),
        bar(part.ratio / most)))));
}
