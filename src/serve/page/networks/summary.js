// A network in a word, in sentences, and in totals.

import { h } from '../kit/dom.js';
import { count, list, share, shareOf } from '../kit/format.js';
import { card, facts } from '../kit/parts.js';
import { scorePill, signalName } from '../kit/signals.js';
import { BANDS, mean } from './numbers.js';
import { t } from './words.js';

/** Signals of an anonymizer or of abuse: what makes an address listed. */
const LISTED = [
  'is_tor', 'is_vpn', 'is_proxy', 'is_residential_proxy', 'is_mobile_proxy',
  'is_spam', 'is_attacker', 'is_drop', 'is_c2', 'is_botnet', 'is_malware',
];
/** How many of them are named. */
const NAMED = 3;

/** Why a network has its verdict, in sentences. */
export function reasons({ verdict, total, listed, signals, known, notes }) {
  if (total === 0) return [t('why.nothing'), t('why.v4')];
  const values = { verdict: t(`verdict.${verdict}`), bounds: t(`bounds.${verdict}`), share: shareOf(listed, total) };
  const named = LISTED.filter((name) => signals[name]?.ratio > 0)
    .sort((one, other) => signals[other].ratio - signals[one].ratio).slice(0, NAMED)
    .map((name) => t('why.named', { name: signalName(name), share: shareOf(signals[name], total) }));
  const hosting = signals.is_hosting;
  const unknown = BigInt(total) - BigInt(known.count);
  return [
    t(listed.ratio > 0 ? 'why.some' : 'why.none', values),
    named.length > 0 && t('why.most', { names: list(named) }),
    hosting.ratio > 0 && t('why.hosting', { share: shareOf(hosting, total) }),
    unknown > 0n && t('why.unknown', { share: share(Number(unknown) / Number(total), { whole: known.ratio === 0 }) }),
    notes?.some((note) => note.includes('::/96')) && t('why.v4'),
  ].filter(Boolean);
}

/** The card with all that. */
export function summary(net) {
  const { verdict, total, score } = net;
  const [first, ...rest] = reasons(net);
  const part = (name) => {
    const { [name]: one } = net;
    return [t(name), `${shareOf(one, total)} · ${count(one.count)}`, { title: exact(one.count) }];
  };
  const word = h('span', { class: 'verdict', dataset: { band: BANDS[verdict], verdict } }, t(`verdict.${verdict}`));
  return card({ id: 'net-verdict', title: [t('verdict'), ': ', word] },
    h('p', {}, first),
    rest.length > 0 && h('ul', { class: 'dots small' }, rest.map((text) => h('li', {}, text))),
    facts([
      [t('addresses'), count(total), { title: exact(total) }],
      ...['known', 'listed', 'anonymous', 'abuse'].map(part),
      [t('mean'), `${mean(score.mean)} · ${t('mean.listed', { mean: mean(score.mean_listed) })}`],
      [t('max'), scorePill(score.max)],
    ]));
}

const exact = (n) => count(n, { exact: true });
