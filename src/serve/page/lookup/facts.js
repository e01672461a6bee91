// Whose an address is and where: from `/v1/check`, or from `/v1/lookup` on another day.

import { h } from '../kit/dom.js';
import { country, day } from '../kit/format.js';
import { told } from '../kit/notice.js';
import { card, facts } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { t } from './words.js';

/** The facts of a check: `[key, content]`, without those that are not known. */
export function factsOfCheck(check, network) {
  const { geo, intel, rdap, ipType, usageType, nativeType, sharedUsers, blocklist, asnHistory } = check;
  const { asn, asName, isp } = geo;
  return [
    ['network', networkLink(network)],
    ['as', asn && asLink(asn, asName)],
    ['isp', isp !== asName && isp],
    ['organization', intel?.company?.name],
    ['domain', intel?.asn?.domain],
    ['datacenter', intel?.datacenter?.name],
    ['country', geo.countryCode && country(geo.countryCode)],
    ['place', [geo.city, geo.region, geo.postalCode].filter(Boolean).join(', ')],
    ['coordinates', geo.lat !== undefined && geo.lat !== null && `${geo.lat}, ${geo.lon}`],
    ['timezone', geo.timezone],
    ['type', kind(ipType)],
    ['usage', usageType !== ipType && kind(usageType)],
    ['native', nativeType !== 'unknown' && t.or(`native.${nativeType}`, nativeType)],
    ['registry', registered(rdap)],
    ['users', sharedUsers.range && t('fact.estimate', { range: sharedUsers.range.replace('-', '–') })],
    ['lists', blocklist.checked > 0 && t('fact.listed', { n: blocklist.listed.length, checked: blocklist.checked })],
    ['abuse', intel?.abuse?.email],
    ['before', periods(asnHistory)],
  ];
}

/** The facts of the `data` of a lookup. */
export function factsOfLookup({ geo, network }) {
  const { asn, as_name: name, as_domain: domain, isp, organization } = network ?? {};
  return [
    ['as', asn && asLink(asn, name)],
    ['isp', isp !== name && isp],
    ['organization', organization !== name && organization],
    ['domain', domain],
    ['country', geo?.country_code && country(geo.country_code)],
    ['place', [geo?.city, geo?.region, geo?.postal_code].filter(Boolean).join(', ')],
    ['timezone', geo?.timezone],
  ];
}

/** The card; `problem` says why there are none. */
export function factsCard(all, problem) {
  const had = all.filter(([, content]) => content);
  const rows = had.map(([key, content]) => [t.or(`fact.${key}`, t.or(key)), content, { dataset: { fact: key } }]);
  return card({ id: 'facts', title: t('facts.title') },
    problem && told(problem, { role: 'alert' }),
    !problem && rows.length === 0 && h('p', { class: 'soft' }, t('facts.none')),
    rows.length > 0 && facts(rows));
}

const asLink = (asn, name) => [h('a', { href: link('as', asn) }, `AS${asn}`), ...(name ? [' ', name] : [])];
const networkLink = (network) => network && h('a', { class: 'mono', href: link('net', network) }, network);
const kind = (type) => type !== 'unknown' && t.or(`kind.${type}`, type);

/** The registry that gave the network out, and when. */
function registered(rdap) {
  if (!rdap?.registry) return null;
  const { registry, registered: since } = rdap;
  return [t.or(`registry.${registry}`, registry), since && day(since)].filter(Boolean).join(', ');
}

/** Which ASes announced it before, where more than one did. */
function periods(history) {
  if (!history || history.length < 2) return null;
  return h('ul', {}, history.map(({ asn, firstSeen, lastSeen }) => h('li', {},
    h('a', { href: link('as', asn) }, `AS${asn}`), ` ${day(firstSeen)} – ${day(lastSeen)}`)));
}
