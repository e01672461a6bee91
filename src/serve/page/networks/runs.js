// Runs of addresses with one verdict, page by page.

import { parseAddress } from '../kit/address.js';
import { fill, h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { told } from '../kit/notice.js';
import { breakable, card, table } from '../kit/parts.js';
import { chips, scorePill } from '../kit/signals.js';
import { runsAfter } from './ask.js';
import { rangeLink, rangeText } from './prefix.js';
import { t } from './words.js';

/** The card of runs; `query` goes along in links. */
export function runs(net, { query, signal }) {
  const { query: q, n_runs: all } = net;
  const title = t('runs');
  if (net.runs.length === 0) return card({ id: 'runs', title }, h('p', { class: 'soft' }, t('runs.none')));
  let { next } = net;
  const body = h('tbody', {}, net.runs.map((run) => row(run, query)));
  const shown = h('p', { class: 'small soft', role: 'status' });
  const wrong = h('div', { role: 'alert' });
  const more = h('button', { type: 'button', id: 'runs-more', onclick: load }, t('runs.more'));
  const say = () => {
    shown.textContent = t('runs.shown', { n: count(body.rows.length), all: count(all) });
    more.hidden = !next;
  };

  async function load() {
    more.disabled = true;
    fill(wrong);
    try {
      const page = await runsAfter(q, next, signal);
      body.append(...page.runs.map((run) => row(run, query)));
      next = page.next;
      say();
    } catch (error) {
      if (!signal.aborted) fill(wrong, told(error));
    } finally {
      more.disabled = false;
    }
  }

  say();
  const columns = [[t('range')], [t('addresses'), 'number'], [t('score'), 'number'], [t('signals')]];
  return card({ id: 'runs', title }, table({ label: `${q}: ${title}`, class: 'runs', columns, rows: body }),
    wrong, h('div', { class: 'row between' }, shown, more));
}

function row(run, query) {
  const [first, last] = [parseAddress(run.first), parseAddress(run.last)];
  const range = { bits: first.bits, first: first.value, last: last.value };
  return h('tr', {},
    h('td', { class: 'mono' }, h('a', { href: rangeLink(range, query) }, breakable(rangeText(range), '-'))),
    h('td', { class: 'number', title: count(run.count, { exact: true }) }, count(run.count)),
    h('td', { class: 'number' }, scorePill(run.score)),
    h('td', {}, run.signals.length ? chips(run.signals) : h('span', { class: 'soft' }, t('tip.nothing'))));
}
