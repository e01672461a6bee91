// Shares as bars: every signal of a network, and how its scores are spread.

import { h } from '../kit/dom.js';
import { count, decimal, share, shareOf } from '../kit/format.js';
import { amount, bar } from '../kit/parts.js';
import { band, signalGroup, signalName, strongest } from '../kit/signals.js';
import { t } from './words.js';

/** Lines across the histogram, at most. */
const MAX_LINES = 8;

/** The signals that any address has; with `onPick` each can be shown on the map, `shown` is. */
export function signalBars(signals, total, { onPick, shown } = {}) {
  const all = strongest(signals);
  if (all.length === 0) return h('p', { class: 'soft' }, t('signals.none'));
  const most = all[0][1].ratio;
  const full = shareOf(all[0][1], total);
  return [
    h('ul', { class: 'bars' }, all.map(([name, part]) =>
      h('li', { dataset: { group: signalGroup(name), signal: name } },
        label(name, onPick, shown),
        bar(part.ratio / most),
        h('span', { class: 'number' }, shareOf(part, total)),
        h('span', { class: 'number soft' }, amount(part.count))))),
    h('p', { class: 'small soft' }, t(onPick ? 'signals.full' : 'signals.as', { share: full })),
  ];
}

function label(name, onPick, shown) {
  const text = signalName(name);
  if (!onPick) return h('span', { class: 'name' }, text);
  return h('button', {
    type: 'button', class: 'name quiet', title: t('signals.map', { name: text }),
    'aria-pressed': String(name === shown), onclick: () => onPick(name),
  }, text);
}

/**
 * How high the bars are, 0 to 1, and how many lines lie behind them, each `factor` times the one below: of counts that
 * differ a thousandfold the logarithm is shown, and `factor` is 0 where it is not.
 */
function heights(counts) {
  const some = counts.filter((n) => n > 0);
  const [least, most] = [Math.min(...some), Math.max(...some)];
  if (some.length === 0 || most < 1000 * least) {
    return { parts: counts.map((n) => n / (some.length ? most : 1)), lines: 1, factor: 0 };
  }
  const step = Math.ceil(Math.log10(most) / MAX_LINES);
  const lines = Math.ceil(Math.log10(most) / step);
  const part = (n) => (n > 0 ? Math.max(0.02, Math.log10(n) / (lines * step)) : 0);
  return { parts: counts.map(part), lines, factor: 10 ** step };
}

/** How many addresses have which score. */
export function histogram(bins, total) {
  if (total === 0) return h('p', { class: 'soft' }, t('scores.none'));
  const { parts, lines, factor } = heights(bins.map((bin) => Number(bin.count)));
  const name = ({ from, to }) => (from === to ? String(from) : t('scores.bin', { from, to }));
  const ratio = (bin) => Number(bin.count) / Number(total);
  const says = (bin) => t('scores.bar', { bin: name(bin), count: count(bin.count), share: share(ratio(bin)) });
  const column = (bin, part) => h('span', { dataset: { band: band(bin.to) }, style: { '--part': `${100 * part}%` } });
  return [
    h('div', { class: 'histogram', role: 'img', 'aria-label': bins.map(says).join('; '), style: { '--lines': lines } },
      bins.map((bin, n) => h('span', { class: 'bin', title: says(bin) },
        h('span', { class: 'column' }, column(bin, parts[n])),
        h('span', { class: 'tick' }, bin.to)))),
    h('p', { class: 'small soft' }, factor ? t('scores.log', { factor: decimal(factor, 0) }) : t('scores.even')),
  ];
}
