// What is known of the cell that is pointed at: a small card beside it, and a sentence for who does not see it.

import { formatPrefix } from '../kit/address.js';
import { fill, h } from '../kit/dom.js';
import { list, share, shareOf } from '../kit/format.js';
import { told } from '../kit/notice.js';
import { band, chip, chips, riskName, scorePill, signalName, strongest } from '../kit/signals.js';
import { cellFacts, isKept } from './ask.js';
import { BANDS, mean } from './numbers.js';
import { lastOf, rangeText } from './prefix.js';
import { t } from './words.js';

/** A pointer that only passes asks nothing. */
const PAUSE = 80;
/** How many signals are named, of a network and of an address. */
const NAMED = { network: 3, address: 8 };

/** `{element, say, show(cell, {place, isSpoken}), hide()}`; `signal` ends it. */
export function makeTip(signal) {
  const element = h('div', { class: 'tip', id: 'map-tip', hidden: true });
  const say = h('p', { class: 'sr', id: 'map-says', role: 'status' });
  let asked = new AbortController();
  signal.addEventListener('abort', () => asked.abort());

  async function show(cell, { place, isSpoken }) {
    asked.abort();
    asked = new AbortController();
    const mine = asked.signal;
    const text = nameOf(cell);
    const head = h('p', { class: 'mono' }, text);
    fill(element, head, h('p', { class: 'small soft' }, t('tip.wait')));
    position(element, place);
    element.hidden = false;
    try {
      if (!isKept(formatPrefix(cell))) await pause(PAUSE, mine);
      const facts = await cellFacts(formatPrefix(cell), mine);
      if (mine.aborted) return;
      fill(element, head, body(facts));
      if (isSpoken) say.textContent = sentence(text, facts);
    } catch (error) {
      if (!mine.aborted) fill(element, head, told(error, { class: 'small' }));
    }
  }

  function hide() {
    asked.abort();
    element.hidden = true;
  }
  return { element, say, show, hide };
}

/** A cell as an address or a prefix. */
const nameOf = (cell) => rangeText({ bits: cell.bits, first: cell.first, last: lastOf(cell) });

const isOne = (facts) => facts.total === 1;
const isNothing = (facts) => facts.total === 0;
const isUnknown = (facts) => facts.known.ratio === 0;
const score = (facts) => (isOne(facts) ? t('tip.score', { max: facts.score.max })
  : t('tip.mean', { mean: mean(facts.score.mean), max: facts.score.max }));

const risk = (facts) => riskName(band(facts.score.max));
const namedOf = (facts) => strongest(facts.signals, isOne(facts) ? NAMED.address : NAMED.network);

function body(facts) {
  if (isNothing(facts)) return h('p', { class: 'small' }, t('tip.elsewhere'));
  if (isUnknown(facts)) return h('p', { class: 'small' }, t('tip.unknown'));
  const named = namedOf(facts);
  const verdict = h('strong', { dataset: { band: BANDS[facts.verdict] } }, t(`verdict.${facts.verdict}`));
  return [
    isOne(facts) ? h('p', { class: 'row' }, scorePill(facts.score.max), h('span', { class: 'small' }, risk(facts)))
      : [
        h('p', { class: 'small' }, verdict, ` · ${t('tip.listed', { share: shareOf(facts.listed, facts.total) })}`),
        h('p', { class: 'small' }, score(facts)),
      ],
    named.length === 0 ? h('p', { class: 'small soft' }, t('tip.nothing'))
      : isOne(facts) ? chips(named.map(([name]) => name))
        : h('ul', { class: 'tip-signals small' }, named.map(([name, part]) =>
          h('li', {}, chip(name), h('span', { class: 'number' }, share(part.ratio))))),
  ];
}

function sentence(range, facts) {
  if (isNothing(facts)) return `${range}: ${t('tip.elsewhere')}`;
  if (isUnknown(facts)) return `${range}: ${t('tip.unknown')}`;
  const inWords = ([name, part]) => (isOne(facts) ? signalName(name)
    : t('why.named', { name: signalName(name), share: share(part.ratio) }));
  const named = namedOf(facts).map(inWords);
  const values = { range, score: score(facts), signals: named.length ? list(named) : t('tip.nothing') };
  if (isOne(facts)) return t('say.one', { ...values, risk: risk(facts) });
  return t('say', {
    ...values, verdict: t(`verdict.${facts.verdict}`),
    listed: t('tip.listed', { share: shareOf(facts.listed, facts.total) }),
  });
}

/** Beside a cell, on the side with more room: `{left, right, top, bottom}` are the cell's edges, 0 to 1. */
function position(element, { left, right, top, bottom }) {
  element.dataset.side = left + right > 1 ? 'left' : 'right';
  element.dataset.end = top + bottom > 1 ? 'above' : 'below';
  const insets = {
    '--from-left': right, '--from-right': 1 - left, '--from-top': top, '--from-bottom': 1 - bottom,
    '--under': bottom, '--over': 1 - top,
  };
  for (const [name, part] of Object.entries(insets)) element.style.setProperty(name, `${100 * part}%`);
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(late);
      reject(signal.reason);
    }, { once: true });
  });
}
