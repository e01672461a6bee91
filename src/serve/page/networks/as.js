// An autonomous system: what it announces, and how much of that is listed.

import { ApiError, json } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { count, country } from '../kit/format.js';
import { link } from '../kit/route.js';
import { chip, scorePill } from '../kit/signals.js';
import { signalBars } from './bars.js';
import { shareOf } from './numbers.js';
import { t } from './words.js';

/** The view of `#/as/…`. */
export async function renderAs({ subject, signal }) {
  const asn = /^(?:as)?(\d{1,10})$/i.exec(subject)?.[1];
  if (asn === undefined || Number(asn) >= 2 ** 32) {
    throw new ApiError('invalid_parameter', t('as.bad', { text: subject }), 400);
  }
  const facts = await json(`/v1/asn/${Number(asn)}`, { signal }).catch((error) => {
    throw error.code === 'not_found' ? new ApiError(error.code, t('as.none', { asn: Number(asn) }), 404) : error;
  });
  const name = [facts.asn, facts.as_name].filter(Boolean).join(' · ');
  const content = h('div', { class: 'networks stack' },
    h('header', { class: 'stack' }, h('h1', { id: 'as-title' }, name), h('p', {}, inWords(facts))),
    h('div', { class: 'as-parts' },
      h('div', { class: 'stack' }, about(facts), samples(facts)),
      h('section', { class: 'card stack', id: 'as-signals', 'aria-labelledby': 'as-signals-title' },
        h('h2', { id: 'as-signals-title' }, t('as.signals', { family: facts.family })),
        signalBars(facts.signals, totalOf(facts)))));
  return { title: name, content };
}

const isV4 = (facts) => facts.family === 'IPv4';
const totalOf = (facts) => (isV4(facts) ? facts.total_ips : facts.total_ips_v6);
const seenOf = (facts) => (isV4(facts) ? facts.ips_seen : facts.ips_seen_v6);

/** A category as the signal that it is. */
const badge = (category) => chip(category === 'tor_exit' ? 'is_tor' : `is_${category}`);

function inWords(facts) {
  const { family, density } = facts;
  if (density === 0) return t('as.clean', { family });
  return t('as.density', { family, share: shareOf({ count: seenOf(facts), ratio: density }, totalOf(facts)) });
}

function about(facts) {
  const row = (name, value) => value && [h('dt', {}, t(name)), h('dd', {}, value)];
  const amount = (all, listed) => {
    const seen = h('span', { class: 'soft' }, t('as.listed', { count: count(listed) }));
    return [count(all), ' · ', seen];
  };
  return h('section', { class: 'card stack', id: 'as-about', 'aria-labelledby': 'as-about-title' },
    h('h2', { id: 'as-about-title' }, t('as.about')),
    h('dl', { class: 'facts' },
      row('as.organization', facts.organization),
      row('as.domain', facts.as_domain),
      row('as.country', facts.country_code && country(facts.country_code)),
      row('as.ranges', count(facts.ip_ranges_count)),
      row('as.v4', amount(facts.total_ips, facts.ips_seen)),
      row('as.v6', amount(facts.total_ips_v6, facts.ips_seen_v6)),
      row('as.score', scorePill(facts.asn_score)),
      facts.top_badges.length > 0 && row('as.badges', h('span', { class: 'chips' }, facts.top_badges.map(badge)))));
}

function samples({ ips }) {
  return h('section', { class: 'card stack', id: 'as-samples', 'aria-labelledby': 'as-samples-title' },
    h('h2', { id: 'as-samples-title' }, t('as.samples')),
    ips.length === 0 ? h('p', { class: 'soft' }, t('as.samples.none'))
      : h('ul', { class: 'samples mono' }, ips.map((ip) => h('li', {}, h('a', { href: link('ip', ip) }, ip)))));
}
