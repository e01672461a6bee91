// JSON to read: indented, coloured by kind, short lists on one line. Built of text nodes; nothing parses markup.

import { h } from './dom.js';

/** What fits on one line, in characters. */
const SHORT = 72;

/** A value as a region that scrolls by keyboard; `label` names it for a screen reader. */
export function jsonView(value, { label = 'JSON' } = {}) {
  const parts = [];
  write(value, 0, parts);
  return h('pre', { class: 'json', tabindex: 0, role: 'region', 'aria-label': label }, h('code', {}, merged(parts)));
}

/** Puts a value's pieces at the end of `parts`: text, and elements for what has a colour. */
function write(value, depth, parts) {
  if (value === null || typeof value !== 'object') {
    parts.push(scalar(value));
    return;
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [open, close] = isList ? '[]' : '{}';
  if (entries.length === 0) {
    parts.push(open + close);
    return;
  }
  const inline = isList && isShort(value);
  const gap = inline ? '' : `\n${'  '.repeat(depth + 1)}`;
  parts.push(open);
  entries.forEach(([key, child], place) => {
    parts.push(place === 0 ? gap : inline ? ', ' : `,${gap}`);
    if (!isList) parts.push(h('span', { class: 'key' }, JSON.stringify(key)), ': ');
    write(child, depth + 1, parts);
  });
  parts.push(inline ? close : `\n${'  '.repeat(depth)}${close}`);
}

function scalar(value) {
  const kind = value === null ? 'null' : typeof value;
  return h('span', { class: kind }, JSON.stringify(value));
}

/** A list of plain values that fits on a line. */
function isShort(list) {
  if (list.length > SHORT || list.some((value) => value !== null && typeof value === 'object')) return false;
  return JSON.stringify(list).length + list.length <= SHORT;
}

/** Neighbouring texts as one: a large document has half as many nodes. */
function merged(parts) {
  const all = [];
  for (const part of parts) {
    if (typeof part === 'string' && typeof all.at(-1) === 'string') all.push(all.pop() + part);
    else all.push(part);
  }
  return all;
}
