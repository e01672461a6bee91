// The map: a picture from the server, what is drawn over it, and every way to move on it.

import { around } from '../kit/address.js';
import { fill, h } from '../kit/dom.js';
import { told } from '../kit/notice.js';
import { picture } from './ask.js';
import { legend, whatIsShown } from './legend.js';
import { makeOverlay } from './overlay.js';
import { STEP, grain, placed, plan } from './plan.js';
import { makePointing } from './pointing.js';
import { inward, isPrefix, outward, prefixOf, rangeText } from './prefix.js';
import { makeTip } from './tip.js';
import { t } from './words.js';

/** Pixels that a map has at most on a side. */
const WIDEST = 640;

/**
 * `{element, show({range, show})}`; `onOpen(prefix)` is called when one is to be shown instead, `onAddress(cell)` when
 * a single address is chosen.
 */
export function makeMap({ signal, onOpen, onAddress }) {
  const image = h('img', { alt: '', draggable: 'false' });
  const overlay = makeOverlay();
  const tip = makeTip(signal);
  const wrong = h('div', { class: 'map-wrong small', role: 'alert' });
  const plate = h('div', {
    class: 'plate', id: 'map', tabindex: 0, role: 'application', 'aria-roledescription': t('map'),
    'aria-describedby': 'map-keys',
  }, image, overlay.parts, wrong, tip.element);
  const out = h('button', { type: 'button', class: 'quiet', id: 'map-out', onclick: () => stepOut() }, t('map.out'));
  const key = h('figcaption', { class: 'stack legend' });
  const element = h('figure', { class: 'hilbert stack' }, plate, tip.say, key,
    h('div', { class: 'row between' },
      h('p', { class: 'small soft for-mouse' }, t('map.how')),
      h('p', { class: 'small soft for-touch' }, t('map.touch')), out),
    h('p', { class: 'sr', id: 'map-keys' }, t('map.keys')));

  let now;
  let drawing = new AbortController();
  let url = '';
  signal.addEventListener('abort', () => {
    drawing.abort();
    URL.revokeObjectURL(url);
  });
  const resized = new ResizeObserver(() => now && overlay.draw(now.plan, now.range, plate.clientWidth || WIDEST));
  resized.observe(plate);
  signal.addEventListener('abort', () => resized.disconnect());

  const enter = (cell) => (cell.length === cell.bits ? onAddress(cell) : onOpen(cell));

  /** A step of the wheel is shorter than a cell is. */
  function zoomIn({ bits, first, length }) {
    onOpen(prefixOf(bits, first, Math.min(length, inward(bits, now.plan.prefix.length))));
  }

  /** False where there is nothing further out than `length`. */
  function outTo(length) {
    const { prefix } = now.plan;
    if (!isPrefix(now.range)) onOpen(prefix);
    else if (prefix.length > 0) onOpen(prefixOf(prefix.bits, prefix.first, length));
    else return false;
    return true;
  }
  const zoomOut = () => outTo(outward(now.plan.prefix.length));
  /** As far out as a cell is in. */
  const stepOut = () => outTo(Math.max(0, now.plan.prefix.length - STEP));

  /** Points at a cell; at none without one. */
  function point(cell, { isSpoken = false } = {}) {
    if (!cell) {
      overlay.frame(null);
      return tip.hide();
    }
    overlay.frame(cell);
    const { x, y, side } = placed(now.plan, cell);
    const { columns, rows } = now.plan;
    const place = { left: x / columns, right: (x + side) / columns, top: y / rows, bottom: (y + side) / rows };
    tip.show(cell, { place, isSpoken });
  }

  const pointing = makePointing({
    plate, point, enter, stepOut, zoomIn, zoomOut, plan: () => now.plan, isShown: () => !tip.element.hidden, signal,
  });

  async function draw(range, show) {
    drawing.abort();
    drawing = new AbortController();
    const mine = drawing.signal;
    // A picture is stretched, never shrunk: each cell keeps its colour, however few there are.
    const width = (plate.clientWidth || Math.min(WIDEST, innerWidth - 32)) * devicePixelRatio;
    const size = width < 1024 ? 512 : 1024;
    const cellBits = grain(now.plan, size);
    fill(key, legend({ show, cellBits, cellLength: range.bits - cellBits, hasOutside: !isPrefix(range) }));
    fill(wrong);
    plate.setAttribute('aria-busy', 'true');
    try {
      const blob = await picture(rangeText(range), show, size, mine);
      if (mine.aborted) return;
      URL.revokeObjectURL(url);
      url = URL.createObjectURL(blob);
      image.src = url;
      await image.decode().catch(() => {});
    } catch (error) {
      if (mine.aborted) return;
      image.removeAttribute('src');
      fill(wrong, t('map.failed'), told(error));
    } finally {
      if (!mine.aborted) plate.removeAttribute('aria-busy');
    }
  }

  function show({ range, show: subject }) {
    const prefix = around(range);
    const isNew = !now || now.text !== rangeText(range);
    now = { range, plan: plan(prefix), text: rangeText(range) };
    plate.style.setProperty('--shape', now.plan.odd ? '2 / 1' : '1');
    plate.setAttribute('aria-label', t('map.label', { q: now.text, what: whatIsShown(subject) }));
    out.setAttribute('aria-disabled', String(isPrefix(range) && prefix.length === 0));
    if (isNew) {
      overlay.draw(now.plan, range, plate.clientWidth || WIDEST);
      // What was there is of other addresses.
      image.removeAttribute('src');
      pointing.renew();
    }
    draw(range, subject);
  }
  return { element, show };
}
