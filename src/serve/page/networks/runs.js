// Runs of addresses with one verdict, page by page.

import { parseAddress } from '../kit/address.js';
import { h } from '../kit/dom.js';
import { count } from '../kit/format.js';
import { chip, scorePill } from '../kit/signals.js';
import { runsAfter } from './ask.js';
import { rangeLink, rangeText } from './prefix.js';
import { t } from './words.js';

/** The card of runs; `query` goes along in links. */
export function runs(facts, { query, signal }) {
  const { query: q, n_runs: all } = facts;
  const title = h('h2', { id: 'runs-title' }, t('runs'));
  if (facts.runs.length === 0) {
    return h('section', { class: 'card', id: 'runs' }, title, h('p', { class: 'soft' }, t('runs.none')));
  }
  let next = facts.next;
  const body = h('tbody', {}, facts.runs.map((run) => row(run, query)));
  const shown = h('p', { class: 'small soft', role: 'status' });
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const more = h('button', { type: 'button', id: 'runs-more', onclick: load }, t('runs.more'));
  const say = () => {
    shown.textContent = t('runs.shown', { n: count(body.rows.length), all: count(all) });
    more.hidden = !next;
  };

  async function load() {
    more.disabled = true;
    wrong.textContent = '';
    try {
      const page = await runsAfter(q, next, signal);
      body.append(...page.runs.map((run) => row(run, query)));
      next = page.next;
      say();
    } catch (error) {
      if (!signal.aborted) wrong.textContent = error.message;
    } finally {
      more.disabled = false;
    }
  }

  say();
  return h('section', { class: 'card stack', id: 'runs' }, title,
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': 'runs-title' },
      h('table', { class: 'runs' },
        h('thead', {}, h('tr', {},
          h('th', { scope: 'col' }, t('runs.range')), h('th', { scope: 'col', class: 'number' }, t('runs.count')),
          h('th', { scope: 'col', class: 'number' }, t('runs.score')), h('th', { scope: 'col' }, t('runs.signals')))),
        body)),
    wrong, h('div', { class: 'row between' }, shown, more));
}

function row(run, query) {
  const [first, last] = [parseAddress(run.first), parseAddress(run.last)];
  const range = { bits: first.bits, first: first.value, last: last.value };
  const [from, to] = rangeText(range).split('-');
  return h('tr', {},
    h('td', { class: 'mono' }, h('a', { href: rangeLink(range, query) }, from, to && ['-', h('wbr'), to])),
    h('td', { class: 'number', title: count(run.count, { exact: true }) }, count(run.count)),
    h('td', { class: 'number' }, scorePill(run.score)),
    h('td', {}, run.signals.length ? h('span', { class: 'chips' }, run.signals.map(chip))
      : h('span', { class: 'soft' }, t('tip.nothing'))));
}
