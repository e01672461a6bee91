// A schema as a list to open, name by name.

import { h } from '../kit/dom.js';
import { prose } from '../kit/parts.js';
import { readSchema } from './schema.js';
import { t } from './words.js';

/** Draws a schema; what is within a named one is drawn when it is opened first. */
export function schemaTree(schemas, given) {
  const plain = readSchema(schemas, given);
  return h('div', { class: 'tree' },
    h('p', { class: 'kind' }, typeName(schemas, plain)), said(plain.text), inside(schemas, plain, []));
}

/** A type in words: `list of string`, `object Lookup`, `one of …`. */
export function typeName(schemas, plain) {
  const own = () => {
    if (plain.items) return t('list', { of: typeName(schemas, readSchema(schemas, plain.items)) });
    if (plain.values) return t('map', { of: typeName(schemas, readSchema(schemas, plain.values)) });
    if (plain.fields.length) return plain.name || t('object');
    if (plain.options.length) {
      const names = plain.options.map((option) => readSchema(schemas, option));
      return names.map((option) => option.name || option.format || option.types.join()).join(' | ');
    }
    const types = plain.types.join(' | ') || t('any');
    return plain.format ? `${types} (${plain.format})` : types;
  };
  return plain.nullable ? `${own()} | null` : own();
}

/** Limits in words, '' where there are none. */
export function limitText({ minimum, maximum, minLength, maxLength }) {
  const short = (n) => (Math.abs(n) > 2 ** 32 ? n.toExponential(2) : String(n));
  const parts = [];
  if (minimum !== undefined && maximum !== undefined) parts.push(`${short(minimum)}–${short(maximum)}`);
  else if (minimum !== undefined) parts.push(`≥ ${short(minimum)}`);
  else if (maximum !== undefined) parts.push(`≤ ${short(maximum)}`);
  if (maxLength !== undefined) parts.push(t('length', { n: maxLength }));
  else if (minLength) parts.push(t('length.least', { n: minLength }));
  return parts.join(', ');
}

/** The fields of an object, or of what a list or a map has, or the options; `above` are the names it is within. */
function inside(schemas, plain, above) {
  const within = plain.name ? [...above, plain.name] : above;
  if (plain.fields.length) {
    return h('ul', { class: 'fields' }, plain.fields.map((field) => branch(schemas, field, within)));
  }
  const inner = plain.items ?? plain.values;
  if (inner) {
    const next = readSchema(schemas, inner);
    return within.includes(next.name) ? null : inside(schemas, next, within);
  }
  const rich = plain.options.filter((option) => hasMore(schemas, readSchema(schemas, option)));
  if (rich.length === 0) return null;
  return h('ul', { class: 'fields' }, rich.map((schema) => {
    const { name } = readSchema(schemas, schema);
    return branch(schemas, { name, schema, isOption: true }, within);
  }));
}

function branch(schemas, { name, required, schema, isOption }, above) {
  const plain = readSchema(schemas, schema);
  const about = () => [
    h('span', { class: 'head' },
      h('code', { class: 'name' }, name), isOption ? null : h('span', { class: 'kind' }, typeName(schemas, plain)),
      required && h('span', { class: 'must' }, t('required')),
      h('span', { class: 'soft' }, limitText(plain.limits))),
    said(plain.text), values(plain),
  ];
  if (!hasMore(schemas, plain)) return h('li', {}, about());
  const end = core(schemas, plain).name;
  if (end && above.includes(end)) {
    return h('li', {}, about(), h('span', { class: 'said soft' }, t('above', { name: end })));
  }
  const more = h('details', { ontoggle: () => {
    if (more.open && more.childElementCount === 1) more.append(inside(schemas, plain, above));
  } }, h('summary', {}, about()));
  return h('li', {}, more);
}

/** What is at the end of lists and maps. */
function core(schemas, plain) {
  let inner = plain;
  for (let depth = 0; (inner.items ?? inner.values) && depth < 8; depth += 1) {
    inner = readSchema(schemas, inner.items ?? inner.values);
  }
  return inner;
}

function hasMore(schemas, plain, depth = 4) {
  const end = core(schemas, plain);
  if (end.fields.length > 0 || depth === 0) return true;
  return end.options.some((option) => hasMore(schemas, readSchema(schemas, option), depth - 1));
}

const said = (text) => (text ? h('span', { class: 'said', lang: 'en' }, prose(text)) : null);

function values({ choices, example }) {
  if (choices.length) {
    return h('span', { class: 'said soft' }, t('values'), choices.map((value) => [' ', h('code', {}, value)]));
  }
  if (example === undefined) return null;
  return h('span', { class: 'said soft' }, t('example'), ' ', h('code', {}, JSON.stringify(example)));
}
