// The start: what this is, examples, who asks, and what the release covers.

import { json } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { country, day } from '../kit/format.js';
import { link } from '../kit/route.js';
import { coverage } from './coverage.js';
import { chipRow } from './names.js';
import { signalsOf } from './past.js';
import { t } from './words.js';

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
    h('header', { class: 'lead' }, h('h1', {}, t('start.title')), h('p', { class: 'soft' }, t('start.lead'))),
    own && ownCard(own),
    examples(),
    releaseCard(all, index));
  return { title: '', content };
}

function examples() {
  return h('section', { class: 'card', 'aria-labelledby': 'examples' },
    h('h2', { id: 'examples' }, t('start.examples')),
    h('ul', { class: 'examples' }, EXAMPLES.map(([text, view, says]) => h('li', {},
      h('a', { class: 'mono', href: link(view, text.replace(/^AS/, '')) }, text),
      h('span', { class: 'soft' }, t(says))))));
}

function ownCard(own) {
  const signals = signalsOf(own.threat);
  return h('section', { class: 'card', id: 'own', 'aria-labelledby': 'own-title' },
    h('h2', { id: 'own-title' }, t('start.own')),
    h('p', { class: 'row' }, h('a', { class: 'mono', href: link('ip', own.ip) }, own.ip),
      own.network?.as_name && h('span', {}, own.network.as_name),
      own.geo?.country_code && h('span', { class: 'soft' }, country(own.geo.country_code)),
      signals.length > 0 && chipRow(signals)));
}

function releaseCard(all, index) {
  const current = index?.releases.find(({ version }) => version === index.current);
  return h('section', { class: 'card', id: 'coverage', 'aria-labelledby': 'coverage-title' },
    h('div', { class: 'row between' },
      h('h2', { id: 'coverage-title' }, t('cover.title')),
      current && h('a', { href: link('releases', current.version) },
        t('start.version', { version: current.version, day: day(current.build_epoch) }))),
    coverage(all));
}
