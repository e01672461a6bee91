// A release in a few facts: when it was built, of what, and what was asked before it was published.

import { h } from '../kit/dom.js';
import { bytes, count, day, list, percent } from '../kit/format.js';
import { told } from '../kit/notice.js';
import { card, facts } from '../kit/parts.js';
import { link } from '../kit/route.js';
import { STATES, stateName } from '../kit/states.js';
import { t } from './words.js';

/** Gates that tell how much changed, per mille; the others tell how many things are wrong. */
const BY_SHARE = ['drift', 'size'];

export function about({ index, release, sources, manifest, failed }) {
  const { version } = release;
  const current = version === index.current;
  const size = sources.reduce((sum, source) => sum + source.size_bytes, 0);
  return card({ named: 'about', title: t('version', { version }) },
    facts([
      [t('state'), current ? t('about.is_current') : t('about.is_old', { current: index.current })],
      [t('about.built'), day(release.build_epoch)],
      [t('about.number'), t('about.number_value', { n: release.sequence })],
      [t('about.editions'), manifest ? t('about.editions_value', fresh(manifest, version)) : count(sources.length)],
      [t('size'), t('about.size_value', { size: bytes(size) })],
      ...(manifest ? [
        [t('about.feeds'), h('a', { href: link('feeds') }, madeOf(manifest))],
        [t('about.gates'), gates(manifest.gates)],
        [t('about.tool'), manifest.tool],
      ] : []),
    ]),
    !manifest && [h('p', { class: 'wrong' }, t('about.failed')), told(failed, { class: 'small' })]);
}

/** What gates said, in sums: how many were asked, how many let pass, by name, and those that did not. */
function gateSums(gates) {
  const names = new Map();
  for (const { name, ok } of gates) {
    const sum = names.get(name) ?? { all: 0, ok: 0 };
    names.set(name, { all: sum.all + 1, ok: sum.ok + (ok ? 1 : 0) });
  }
  const refused = gates.filter(({ ok, forced }) => !ok || forced);
  return { all: gates.length, ok: gates.filter(({ ok }) => ok).length, names, refused };
}

const gateName = (name) => t.or(`gate.${name}`, name);

function fresh(manifest, version) {
  const all = Object.values(manifest.editions);
  return { all: all.length, fresh: all.filter(({ since }) => since === version).length };
}

function madeOf(manifest) {
  const feeds = Object.values(manifest.feeds);
  const sums = STATES.map((state) => [state, feeds.filter((feed) => feed.state === state).length]);
  const said = ([state, n]) => t('about.of_state', { count: count(n), state: stateName(state) });
  const states = list(sums.filter(([, n]) => n > 0).map(said));
  return t('about.feeds_value', { n: feeds.length, count: count(feeds.length), states });
}

function gates(records) {
  const { all, ok, names, refused } = gateSums(records);
  if (all === 0) return t('about.no_gates');
  const byName = [...names].map(([name, sum]) => `${gateName(name)}\u00a0${sum.ok}/${sum.all}`);
  return [
    ok === all ? t('about.all_passed', { n: all }) : t('about.some_passed', { ok, n: all }),
    h('span', { class: 'soft' }, ` · ${byName.join(' · ')}`),
    refused.length > 0 && h('ul', { class: 'refused dots' }, refused.map((gate) => h('li', {}, refusal(gate)))),
  ];
}

/** What a gate had against an edition; where its number is not past the limit, it was something else. */
function refusal({ name, edition, seen, limit, forced }) {
  const isShare = BY_SHARE.includes(name);
  const number = (n) => (isShare ? percent(n / 1000) : count(n));
  const what = seen <= limit ? 'about.not_ok' : isShare ? 'about.not_ok_share' : 'about.not_ok_count';
  return [
    t(what, { gate: gateName(name), edition, seen: number(seen), limit: number(limit) }),
    forced && t('about.forced'),
  ];
}
