// A prefix or a range: its map, and beside it what is known of it. Zooming stays in the view; the address bar follows.

import { format, formatPrefix, parseRange } from '../kit/address.js';
import { ApiError } from '../kit/api.js';
import { fill, h } from '../kit/dom.js';
import { failure } from '../kit/notice.js';
import { card } from '../kit/parts.js';
import { go, link, replace, went } from '../kit/route.js';
import { forgetCells, scan } from './ask.js';
import { signalBars, histogram } from './bars.js';
import { SHOWN, chooser, crumbs, families } from './bearings.js';
import { makeMap } from './map.js';
import { rangeText } from './prefix.js';
import { runs } from './runs.js';
import { summary } from './summary.js';
import { tops } from './tops.js';
import { t } from './words.js';

/** Where somebody starts who named nothing. */
const ALL = '0.0.0.0/0';

/** The view of `#/net/…`. */
export async function renderNet({ subject, query, signal }) {
  const asked = query.get('show');
  const state = { range: understood(subject || ALL), show: SHOWN.includes(asked) ? asked : 'score' };
  forgetCells();
  state.facts = await scan(rangeText(state.range), signal);

  const heading = h('h1', { class: 'mono', id: 'net-title' });
  const way = h('div', { class: 'row between' });
  const side = h('div', { class: 'stack', id: 'net-side' });
  const more = h('div', { class: 'stack', id: 'net-more' });
  const choice = chooser(pick);
  const map = makeMap({
    signal, onOpen: (prefix) => open(understood(formatPrefix(prefix))),
    onAddress: ({ bits, first }) => go(link('ip', format({ bits, value: first }))),
  });
  let opening = new AbortController();
  let listing;
  signal.addEventListener('abort', () => opening.abort());

  const kept = () => ({ show: state.show === 'score' ? '' : state.show });
  const here = () => link('net', rangeText(state.range), kept());

  function drawFrame() {
    heading.textContent = rangeText(state.range);
    fill(way, crumbs(state.range, kept()), families(kept()));
    choice.set(state.show);
    map.show(state);
  }

  function drawSide() {
    const { facts, show } = state;
    const bars = signalBars(facts.signals, facts.total, { onPick: pick, shown: show });
    fill(side, summary(facts), card({ id: 'net-signals', title: t('signals') }, bars),
      card({ id: 'net-scores', title: t('scores') }, histogram(facts.score.histogram, facts.total)));
  }

  function drawFacts() {
    listing = runs(state.facts, { query: kept, signal });
    drawSide();
    fill(more, tops(state.facts), listing.element);
  }

  /** Shows a range in place of the one before. */
  async function open(range) {
    opening.abort();
    opening = new AbortController();
    const mine = opening.signal;
    state.range = range;
    state.facts = null;
    went(here());
    document.title = `${t('title', { q: rangeText(range) })} · ipmint`;
    drawFrame();
    for (const element of [side, more]) element.setAttribute('aria-busy', 'true');
    try {
      const facts = await scan(rangeText(range), mine);
      if (mine.aborted) return;
      state.facts = facts;
      drawFacts();
    } catch (error) {
      if (mine.aborted) return;
      fill(side, failure({ error, again: () => open(range), level: 2, kind: 'card stack' }));
      fill(more);
    } finally {
      if (!mine.aborted) for (const element of [side, more]) element.removeAttribute('aria-busy');
    }
  }

  /** Shows something else of the same range; what was under the reader's finger stays there. */
  function pick(show) {
    state.show = show;
    replace(here());
    const focused = document.activeElement?.closest('#net-side [data-signal]')?.dataset.signal;
    drawFrame();
    if (!state.facts) return;
    drawSide();
    listing.relink();
    if (focused) side.querySelector(`[data-signal="${CSS.escape(focused)}"] button`)?.focus();
  }

  drawFrame();
  drawFacts();
  const content = h('div', { class: 'networks stack' },
    h('header', { class: 'stack' }, heading, way, choice.element),
    h('div', { class: 'net-parts' }, map.element, side), more);
  return { title: t('title', { q: rangeText(state.range) }), content };
}

/** What somebody typed, as a range. */
function understood(text) {
  const range = parseRange(text);
  if (!range) throw new ApiError('asked', t('bad', { text }), 400);
  return range;
}
