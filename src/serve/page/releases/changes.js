// What changed since another release: by signal as a picture, in sums, and the largest movers.

import { once } from '../kit/api.js';
import { fill, h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { failure } from '../kit/notice.js';
import { card, choice, facts, prose } from '../kit/parts.js';
import { remember } from '../kit/route.js';
import { movers } from './movers.js';
import { picture } from './picture.js';
import { t } from './words.js';

const FAMILIES = { v4: 'IPv4', v6: 'IPv6' };
const FIELDS = [
  ['score', 'threat.score'], ['changes.recommendation', 'threat.recommendation'],
  ['changes.confidence', 'threat.confidence'],
];

export function changes({ releases, release, sources, manifest, query, signal }) {
  const titled = { id: 'changes', title: t('changes') };
  const others = releases.filter(({ version }) => version !== release.version);
  if (others.length === 0) return card(titled, h('p', { class: 'soft' }, t('changes.only')));
  if (!sources.some(({ source }) => source === 'full')) {
    return card(titled, h('p', { class: 'soft' }, prose(t('changes.no_full'))));
  }

  const body = h('div', { class: 'stack changes' });
  const says = h('p', { class: 'sr', role: 'status' });
  const coverage = manifest?.editions.full?.coverage ?? null;
  let family = query.get('family') === 'v6' ? 'v6' : 'v4';
  let from = others.find(({ version }) => version === query.get('from'))?.version ?? before(others, release).version;
  let diff;
  let comparing = new AbortController();
  const draw = () => diff && fill(body, drawn({ diff, family, coverage }));
  const load = async () => {
    comparing.abort();
    comparing = new AbortController();
    const mine = AbortSignal.any([signal, comparing.signal]);
    diff = null;
    says.textContent = t('changes.reading');
    body.setAttribute('aria-busy', 'true');
    fill(body, h('p', { class: 'soft' }, t('changes.reading')));
    try {
      const found = await once(`/v1/diff/full/${from}/${release.version}?limit=1`, { signal: mine });
      if (mine.aborted) return;
      diff = found;
      draw();
      says.textContent = t('changes.done', { from });
    } catch (error) {
      if (mine.aborted) return;
      says.textContent = '';
      fill(body, failure({ error, title: t('changes.failed'), again, level: 3, kind: 'stack tight failed' }));
    }
    body.removeAttribute('aria-busy');
  };
  /** The button that was pressed is gone. */
  const again = () => {
    load();
    select.focus();
  };
  const select = h('select', { id: 'compared', onchange: () => {
    from = select.value;
    remember({ from });
    load();
  } }, others.map(({ version }) => h('option', { selected: version === from }, version)));
  const items = Object.entries(FAMILIES).map(([key, name]) => ({ key, name, class: 'quiet' }));
  const { buttons, press } = choice('family', items, (key) => {
    family = key;
    press(family);
    remember({ family });
    draw();
  });
  press(family);
  load();
  const aside = h('div', { class: 'row' },
    h('div', { class: 'row', role: 'group', 'aria-label': t('changes.family') }, buttons),
    h('label', { for: 'compared', class: 'soft small' }, t('changes.with')), select);
  return card({ ...titled, aside }, says, body);
}

/** The release before one, else the nearest after it. `others` are the newest first. */
function before(others, { sequence }) {
  return others.find((other) => other.sequence < sequence) ?? others.at(-1);
}

function drawn({ diff, family, coverage }) {
  const ranges = diff.added + diff.removed + diff.changed;
  if (ranges === 0) return h('p', {}, t('changes.same'));
  const familyName = FAMILIES[family];
  const addresses = (n) => t('changes.total', { addresses: count(n), family: familyName });
  const ofRanges = { ranges, added: diff.added, removed: diff.removed, changed: diff.changed };
  const inRanges = Object.fromEntries(Object.entries(ofRanges).map(([name, n]) => [name, count(n)]));
  return [
    picture({ signals: diff.signals, family, familyName, coverage }),
    h('h3', {}, t('changes.totals')),
    facts([
      [t('changes.anything'), [
        addresses(diff[`addresses_${family}`]), h('span', { class: 'soft' }, ` · ${t('changes.ranges', inRanges)}`),
      ]],
      ...FIELDS.filter(([, field]) => diff.by_field[field]).map(([name, field]) => [
        t(name), addresses(diff.by_field[field][`addresses_${family}`]),
      ]),
    ]),
    movers({ movers: diff.movers, family, familyName }),
  ];
}
