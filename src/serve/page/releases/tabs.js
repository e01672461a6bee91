// Tabs: one of several panels is shown; arrow keys, Home and End go from tab to tab.

import { fill, h } from '../kit/dom.js';

/**
 * `items` are `{key, name}` and properties; `panel(key)` gives what a tab shows. `{element, draw}`: `draw` makes the
 * panel anew.
 */
export function tabs({ id, label, items, chosen, panel, onchoose }) {
  let shown = items.some(({ key }) => key === chosen) ? chosen : items[0].key;
  const body = h('div', { role: 'tabpanel', id: `${id}-panel`, class: 'stack' });
  const buttons = items.map(({ key, name, ...props }) => h('button', {
    ...props, type: 'button', role: 'tab', id: `${id}-${key}`, 'aria-controls': body.id, dataset: { key },
    onclick: () => choose(key),
  }, name));
  const draw = () => {
    for (const button of buttons) {
      const on = button.dataset.key === shown;
      button.setAttribute('aria-selected', String(on));
      button.tabIndex = on ? 0 : -1;
    }
    body.setAttribute('aria-labelledby', `${id}-${shown}`);
    fill(body, panel(shown));
  };
  const choose = (key) => {
    shown = key;
    draw();
    onchoose?.(key);
  };
  const bar = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label, onkeydown: (event) => {
    const at = items.findIndex(({ key }) => key === shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + items.length) % items.length;
    choose(items[next].key);
    buttons[next].focus();
  } }, buttons);
  draw();
  return { element: h('div', { class: 'stack' }, bar, body), draw };
}
