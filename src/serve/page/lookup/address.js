// An address: its verdict, how that came about, who says so, whose it is, and how it was before.

import { ApiError, json } from '../kit/api.js';
import { copyButton } from '../kit/copy.js';
import { h } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { link, permalink } from '../kit/route.js';
import { plainCard } from './claims.js';
import { factsCard, factsOfCheck } from './facts.js';
import { floorsCard } from './floors.js';
import { historyCard } from './history.js';
import { rawCard } from './raw.js';
import { sourcesCard, sourcesOf } from './sources.js';
import { plainOf, stepsOf } from './steps.js';
import { verdictCard } from './verdict.js';
import { waterfallCard } from './waterfall.js';
import { t } from './words.js';

/** The view at `#/ip/{address}`. */
export async function addressPage(subject, signal) {
  const name = encodeURIComponent(subject);
  const [explained, check, past] = await Promise.all([
    json(`/v1/explain/${name}`, { signal }), optional(`/v1/check/${name}`, signal),
    optional(`/v1/history/${name}`, signal),
  ]);
  const { ip, network, release, explanation, feeds } = explained;
  const facts = check.value ? factsOfCheck(check.value, network) : [];
  const steps = stepsOf(explained);
  const plain = plainOf(explained);
  const sources = sourcesOf(explained);
  const answers = [
    { name: 'explain', path: `/v1/explain/${ip}`, value: explained },
    { name: 'check', path: `/v1/check/${ip}`, value: check.value },
    { name: 'history', path: `/v1/history/${ip}`, value: past.value },
    { name: 'lookup', path: `/v1/lookup/${ip}` }, { name: 'threat', path: `/v1/threat/${ip}` },
  ];
  const content = h('div', { class: 'lookup stack' },
    heading(ip, release),
    h('div', { class: 'two' }, verdictCard(explained), factsCard(facts, check.problem)),
    steps.length > 0 && waterfallCard(steps, explanation, feeds),
    plain.length > 0 && plainCard(plain, feeds),
    sources.length > 0 && sourcesCard(sources),
    h('div', { class: 'pair' },
      explanation.floors.length > 0 && floorsCard(explanation.floors), historyCard(ip, past)),
    rawCard(answers, signal));
  return { title: ip, content };
}

function heading(ip, release) {
  return h('header', { class: 'row between' },
    h('h1', { class: 'mono', id: 'address' }, ip),
    h('p', { class: 'row' },
      h('a', { class: 'small', href: link('releases', release.version) },
        t('version.of', { version: release.version, day: day(release.build_epoch) })),
      copyButton(permalink(), { name: t('link.copy') })));
}

/** What may fail alone: `{value}` or `{problem}`. */
async function optional(path, signal) {
  try {
    return { value: await json(path, { signal }) };
  } catch (problem) {
    if (problem instanceof ApiError) return { problem };
    throw problem;
  }
}
