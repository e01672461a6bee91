// The form of an operation: a field for each parameter, one for what is posted, and which type to ask for.

import { h } from '../kit/dom.js';
import { prose } from '../kit/parts.js';
import { acceptable } from './request.js';
import { exampleOf, readSchema } from './schema.js';
import { limitText, typeName } from './tree.js';
import { t } from './words.js';

/**
 * `{element, values(), body(), types, accept()}`; `start` has values by name, `types` are those of a good answer, of
 * which `accepted` is asked for at first.
 */
export function form(operation, { schemas, start, types, accepted }) {
  const inputs = new Map();
  const rows = operation.parameters.map((one) => {
    const input = control(one, readSchema(schemas, one.schema), start[one.name] ?? '');
    inputs.set(one.name, input);
    return row(one, input, schemas);
  });
  const body = operation.body && bodyRow(operation.body, schemas);
  const choice = acceptable(types);
  const accept = choice.length > 1 && h('select', { id: 'api-accept', 'aria-describedby': 'api-accept-about' },
    choice.map((type) => h('option', { value: type, selected: type === accepted }, type)));
  const acceptRow = accept && field(accept, 'Accept', { about: t('accept.about') });
  const all = [...rows, body?.element, acceptRow].filter(Boolean);
  return {
    element: h('div', { class: 'params' }, all.length ? all : h('p', { class: 'soft' }, t('parameters.none'))),
    values: () => Object.fromEntries([...inputs].map(([name, input]) => [name, input.value.trim()])),
    body: () => body?.input.value,
    types: choice,
    accept: () => (accept ? accept.value : ''),
  };
}

function control({ name, required }, plain, value) {
  const common = { id: `param-${name}`, name, required, 'aria-describedby': `param-${name}-about` };
  const choices = plain.types[0] === 'boolean' ? [true, false] : plain.choices;
  if (choices.length) {
    const known = choices.map(String);
    const others = required ? [] : [''];
    if (value && !known.includes(value)) others.push(value);
    return h('select', common, [...others, ...known].map((one) => h('option', { value: one, selected: one === value },
      one || t('unset'))));
  }
  const isNumber = ['integer', 'number'].includes(plain.types[0]);
  return h('input', {
    ...common, value, type: plain.format === 'date' ? 'date' : 'text', inputmode: isNumber ? 'numeric' : null,
    autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', placeholder: required ? null : t('unset'),
  });
}

function row({ name, required, description, schema, in: place }, input, schemas) {
  const plain = readSchema(schemas, schema);
  const kind = [typeName(schemas, plain), limitText(plain.limits), place === 'path' ? t('in.path') : t('in.query')];
  const about = prose(description ?? plain.text);
  return field(input, name, { required, kind: kind.filter(Boolean).join(' · '), about, lang: 'en' });
}

function field(input, name, { required, kind, about, lang }) {
  const { id } = input;
  return h('div', { class: 'param' },
    h('label', { for: id },
      h('code', { class: 'name' }, name), required && h('span', { class: 'must' }, t('required'))),
    input,
    h('p', { id: `${id}-about`, class: 'small' },
      about && h('span', { lang }, about), kind && h('span', { class: 'soft kind' }, kind)));
}

function bodyRow({ content, required }, schemas) {
  const [type, { schema }] = Object.entries(content)[0];
  const input = h('textarea', {
    id: 'api-body', rows: 8, spellcheck: 'false', class: 'mono', required, 'aria-describedby': 'api-body-about',
  });
  input.value = JSON.stringify(exampleOf(schemas, schema), null, 2);
  const kind = `${type} · ${typeName(schemas, readSchema(schemas, schema))}`;
  return { input, element: field(input, t('request.body'), { required, kind }) };
}
