// A network in a word, in sentences, and in totals.

import { h } from '../kit/dom.js';
import { count, list } from '../kit/format.js';
import { scorePill, signalName } from '../kit/signals.js';
import { BANDS, mean, share, shareOf } from './numbers.js';
import { t } from './words.js';

/** Signals of an anonymizer or of abuse: what makes an address listed. */
const LISTED = [
  'is_tor', 'is_vpn', 'is_proxy', 'is_residential_proxy', 'is_mobile_proxy',
  'is_spam', 'is_attacker', 'is_drop', 'is_c2', 'is_botnet', 'is_malware',
];
/** How many of them are named. */
const NAMED = 3;

/** Why a network has its verdict, in sentences. */
export function reasons(facts) {
  const { verdict, total, listed, signals, known } = facts;
  if (total === 0) return [t('why.nothing'), t('why.v4')];
  const values = { verdict: t(`verdict.${verdict}`), bounds: t(`bounds.${verdict}`), share: shareOf(listed, total) };
  const named = LISTED.filter((name) => signals[name]?.ratio > 0)
    .sort((one, other) => signals[other].ratio - signals[one].ratio).slice(0, NAMED)
    .map((name) => t('why.named', { name: signalName(name), share: shareOf(signals[name], total) }));
  const hosting = signals.is_hosting;
  const isAllKnown = String(known.count) === String(total);
  return [
    t(listed.ratio > 0 ? 'why.some' : 'why.none', values),
    named.length > 0 && t('why.most', { names: list(named) }),
    hosting.ratio > 0 && t('why.hosting', { share: shareOf(hosting, total) }),
    !isAllKnown && t('why.unknown', { share: share(1 - known.ratio, { whole: known.ratio === 0 }) }),
    facts.notes?.some((note) => note.includes('::/96')) && t('why.v4'),
  ].filter(Boolean);
}

/** The card with all that. */
export function summary(facts) {
  const { verdict, total, score } = facts;
  const [first, ...rest] = reasons(facts);
  const row = (name) => {
    const part = facts[name];
    return fact(name, t('of', { share: shareOf(part, total), count: count(part.count) }), exact(part.count));
  };
  return h('section', { class: 'card stack', id: 'net-verdict', 'aria-labelledby': 'net-verdict-title' },
    h('h2', { id: 'net-verdict-title' }, t('verdict'), ': ',
      h('span', { class: 'verdict', dataset: { band: BANDS[verdict], verdict } }, t(`verdict.${verdict}`))),
    h('p', {}, first),
    rest.length > 0 && h('ul', { class: 'reasons small' }, rest.map((text) => h('li', {}, text))),
    h('dl', { class: 'facts' },
      fact('total', count(total), exact(total)),
      row('known'), row('listed'), row('anonymous'), row('abuse'),
      fact('mean', `${mean(score.mean)} · ${t('mean.listed', { mean: mean(score.mean_listed) })}`),
      fact('max', scorePill(score.max))));
}

const exact = (n) => count(n, { exact: true });

function fact(name, value, title) {
  return [h('dt', {}, t(name)), h('dd', { title }, value)];
}
