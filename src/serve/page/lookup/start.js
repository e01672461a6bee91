// The start: what this is, examples, who asks, and what the release covers.

import { json } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { country, day } from '../kit/format.js';
import { card } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { chips } from '../kit/signals.js';
import { coverage } from './coverage.js';
import { signalsOf } from './past.js';
import { t } from './start_words.js';

const EXAMPLES = [
  ['185.220.101.45', 'ip', 'example.tor'], ['2.56.16.42', 'ip', 'example.vpn'], ['8.8.8.8', 'ip', 'example.trusted'],
  ['1.1.1.1', 'ip', 'example.anycast'], ['20.204.24.249', 'ip', 'example.bot'],
  ['146.70.50.0/24', 'net', 'example.cidr'], ['AS13335', 'as', 'example.as'], ['0.0.0.0/0', 'net', 'example.map'],
];

/** The view at `#/`. */
export async function startPage(signal) {
  const [all, index, own] = await Promise.all([
    json('/v1/cidr?q=0.0.0.0/0&top=0&runs=0', { signal }),
    json('/index.json', { signal }).catch(() => null),
    json('/v1/me', { signal }).catch(() => null), // a private address is nobody's
  ]);
  const content = h('div', { class: 'lookup stack' },
    h('header', { class: 'lead stack tight' },
      h('h1', {}, t('start.title')), h('p', { class: 'soft' }, t('start.lead'))),
    own && ownCard(own),
    examples(),
    releaseCard(all, index));
  return { title: '', content };
}

function examples() {
  return card({ named: 'examples', title: t('start.examples') },
    h('ul', { class: 'examples' }, EXAMPLES.map(([text, view, says]) => h('li', {},
      h('a', { class: 'mono', href: link(view, text.replace(/^AS/, '')) }, text),
      h('span', { class: 'soft' }, t(says))))));
}

function ownCard(own) {
  const signals = signalsOf(own.threat);
  return card({ id: 'own', title: t('start.own') },
    h('p', { class: 'row' }, h('a', { class: 'mono', href: link('ip', own.ip) }, own.ip),
      own.network?.as_name && h('span', {}, own.network.as_name),
      own.geo?.country_code && h('span', { class: 'soft' }, country(own.geo.country_code)),
      signals.length > 0 && chips(signals)));
}

function releaseCard(all, index) {
  const current = index?.releases.find(({ version }) => version === index.current);
  const aside = current && h('a', { class: 'small', href: link('releases', current.version) },
    t('version.of', { version: current.version, day: day(current.build_epoch) }));
  return card({ id: 'coverage', title: t('cover.title'), aside }, coverage(all));
}
