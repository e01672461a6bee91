// Runs of addresses with one verdict, page by page.

import { parseAddress } from '../kit/address.js';
import { fill, h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { told } from '../kit/notice.js';
import { amount, breakable, card, table } from '../kit/parts.js';
import { chips, scorePill } from '../kit/signals.js';
import { runsAfter } from './ask.js';
import { rangeLink, rangeText } from './prefix.js';
import { t } from './words.js';

/** `{element, relink}`: the card of runs; what `query()` gives goes along in links, `relink()` asks it anew. */
export function runs(net, { query, signal }) {
  const { query: q, n_runs: all } = net;
  const title = t('runs');
  if (net.runs.length === 0) {
    return { element: card({ id: 'runs', title }, h('p', { class: 'soft' }, t('runs.none'))), relink: () => {} };
  }
  let { next } = net;
  const links = [];
  const rows = (all) => all.map((run) => {
    const range = rangeOf(run);
    const anchor = h('a', { href: rangeLink(range, query()) }, breakable(rangeText(range), '-'));
    links.push({ anchor, range });
    return row(run, anchor);
  });
  const relink = () => {
    for (const { anchor, range } of links) anchor.setAttribute('href', rangeLink(range, query()));
  };
  const body = h('tbody', {}, rows(net.runs));
  const shown = h('p', { class: 'small soft', role: 'status' });
  const wrong = h('div', { role: 'alert' });
  const more = h('button', { type: 'button', id: 'runs-more', onclick: load }, t('runs.more'));
  const say = () => {
    shown.textContent = t('runs.shown', { n: count(body.rows.length), all: count(all) });
    more.hidden = !next;
  };

  async function load() {
    if (more.getAttribute('aria-disabled') === 'true') return;
    more.setAttribute('aria-disabled', 'true');
    fill(wrong);
    try {
      const page = await runsAfter(q, next, signal);
      const added = rows(page.runs);
      const isHere = document.activeElement === more;
      body.append(...added);
      next = page.next;
      say();
      // Where there is no more, there is no button to stay on.
      if (isHere && !next) added[0]?.querySelector('a').focus();
    } catch (error) {
      if (!signal.aborted) fill(wrong, told(error));
    } finally {
      more.removeAttribute('aria-disabled');
    }
  }

  say();
  const columns = [[t('range')], [t('addresses'), 'number'], [t('score'), 'number'], [t('signals')]];
  const element = card({ id: 'runs', title },
    table({ label: `${q}: ${title}`, class: 'runs', columns, rows: body }),
    wrong, h('div', { class: 'row between' }, shown, more));
  return { element, relink };
}

function rangeOf(run) {
  const [first, last] = [parseAddress(run.first), parseAddress(run.last)];
  return { bits: first.bits, first: first.value, last: last.value };
}

function row(run, anchor) {
  return h('tr', {},
    h('td', { class: 'mono' }, anchor),
    h('td', { class: 'number' }, amount(run.count)),
    h('td', { class: 'number' }, scorePill(run.score)),
    h('td', {}, run.signals.length ? chips(run.signals) : h('span', { class: 'soft' }, t('tip.nothing'))));
}
