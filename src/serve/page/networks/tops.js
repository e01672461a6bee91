// The most common AS, providers and countries of a network.

import { h } from '../kit/dom.js';
import { count, country } from '../kit/format.js';
import { link } from '../kit/route.js';
import { bar } from './bars.js';
import { shareOf } from './numbers.js';
import { t } from './words.js';

/** Three cards. */
export function tops({ top, total }) {
  const { asns, providers, countries } = top;
  return h('div', { class: 'tops' },
    card('asns', top.n_asns, asns.map((entry) => [entry, h('a', { href: link('as', entry.asn.replace(/^AS/, '')) },
      entry.asn, ' ', h('span', {}, entry.as_name ?? '')), `${entry.asn} ${entry.as_name ?? ''}`]), total),
    card('providers', top.n_providers, providers.map((entry) => [entry, entry.provider, entry.provider]), total),
    card('countries', top.n_countries, countries.map((entry) => {
      const name = country(entry.country_code);
      return [entry, [name, ' ', h('span', { class: 'soft' }, entry.country_code)], name];
    }), total));
}

function card(name, all, entries, total) {
  const most = entries[0]?.[0].ratio ?? 1;
  const id = `top-${name}`;
  const shown = t('top.of', { n: entries.length, all: count(all) });
  return h('section', { class: 'card', 'aria-labelledby': id },
    h('h2', { id }, t(name), ' ', entries.length < all && h('span', { class: 'soft small' }, shown)),
    entries.length === 0 ? h('p', { class: 'soft' }, t('top.none'))
      : h('ol', { class: 'top' }, entries.map(([part, label, title]) => h('li', {},
        h('span', { class: 'name', title }, label),
        h('span', { class: 'number', title: count(part.count, { exact: true }) }, shareOf(part, total)),
        bar(part.ratio / most)))));
}
