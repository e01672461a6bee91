// An autonomous system: what it announces, and how much of that is listed.

import { recognise } from '../kit/address.js';
import { ApiError, json } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { count, country, shareOf } from '../kit/format.js';
import { card, facts } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { chips, scorePill, signalOf } from '../kit/signals.js';
import { signalBars } from './bars.js';
import { t } from './words.js';

/** The view of `#/as/…`. */
export async function renderAs({ subject, signal }) {
  const { kind, text: asn } = recognise(subject) ?? {};
  if (kind !== 'as') throw new ApiError('asked', t('as.bad', { text: subject }), 400);
  const known = await json(`/v1/asn/${asn}`, { signal }).catch((error) => {
    throw error.code === 'not_found' ? new ApiError('asked', t('as.none', { asn }), 404) : error;
  });
  const name = [known.asn, known.as_name].filter(Boolean).join(' · ');
  const bars = signalBars(known.signals, totalOf(known));
  const content = h('div', { class: 'networks stack' },
    h('header', { class: 'stack' }, h('h1', { id: 'as-title' }, name), h('p', {}, inWords(known))),
    h('div', { class: 'pair' },
      h('div', { class: 'stack' }, about(known), samples(known)),
      card({ id: 'as-signals', title: t('as.signals', { family: known.family }) }, bars)));
  return { title: name, content };
}

const isV4 = (known) => known.family === 'IPv4';
const totalOf = (known) => (isV4(known) ? known.total_ips : known.total_ips_v6);
const seenOf = (known) => (isV4(known) ? known.ips_seen : known.ips_seen_v6);

function inWords(known) {
  const { family, density } = known;
  if (density === 0) return t('as.clean', { family });
  return t('as.density', { family, share: shareOf({ count: seenOf(known), ratio: density }, totalOf(known)) });
}

function about(known) {
  const amount = (all, listed) => {
    const seen = h('span', { class: 'soft' }, t('as.listed', { count: count(listed) }));
    return [count(all), ' · ', seen];
  };
  return card({ id: 'as-about', title: t('as.about') }, facts([
    [t('organization'), known.organization],
    [t('domain'), known.as_domain],
    [t('country'), known.country_code && country(known.country_code)],
    [t('as.ranges'), count(known.ip_ranges_count)],
    [t('as.v4'), amount(known.total_ips, known.ips_seen)],
    [t('as.v6'), amount(known.total_ips_v6, known.ips_seen_v6)],
    [t('as.score'), scorePill(known.asn_score)],
    [t('as.badges'), known.top_badges.length > 0 && chips(known.top_badges.map(signalOf))],
  ]));
}

function samples({ ips }) {
  return card({ id: 'as-samples', title: t('as.samples') },
    ips.length === 0 ? h('p', { class: 'soft' }, t('as.samples.none'))
      : h('ul', { class: 'samples mono' }, ips.map((ip) => h('li', {}, h('a', { href: link('ip', ip) }, ip)))));
}
