// An address on another day: what the history keeps of it.

import { json } from '../kit/api.js';
import { copyButton } from '../kit/copy.js';
import { h } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { link, permalink } from '../kit/route.js';
import { chips } from '../kit/signals.js';
import { dial } from './dial.js';
import { factsCard, factsOfLookup } from './facts.js';
import { signalsOf } from './past.js';
import { rawCard } from './raw.js';
import { verdictFrame } from './verdict.js';
import { t } from './words.js';

/** The view at `#/ip/{address}?date=YYYY-MM-DD`. */
export async function dayPage(subject, date, signal) {
  const past = await json(`/v1/lookup/${encodeURIComponent(subject)}?date=${encodeURIComponent(date)}`, { signal });
  const { ip, data, version } = past;
  const signals = signalsOf(data.threat);
  const content = h('div', { class: 'lookup stack' },
    h('header', { class: 'row between' },
      h('h1', {},
        h('span', { class: 'mono', id: 'address' }, ip), ' ', t('day.title', { day: day(past.snapshot_date) })),
      copyButton(permalink(), { name: t('link.copy') })),
    h('div', { class: 'two' },
      verdictFrame(dial(data.threat.threat_score), t('day.release', { version }),
        h('p', {}, t('day.how')),
        signals.length > 0 ? chips(signals) : h('p', {}, t('day.nothing')),
        h('p', {}, h('a', { href: link('ip', ip) }, t('day.today')))),
      factsCard(factsOfLookup(data))),
    rawCard([{ name: 'lookup', path: `/v1/lookup/${ip}?date=${past.snapshot_date}`, value: past }], signal));
  return { title: `${ip} ${past.snapshot_date}`, content };
}
