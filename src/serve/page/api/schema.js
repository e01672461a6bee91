// A JSON Schema of the document made plain: references followed, `null` told apart, the parts of `allOf` put together.

const REFERENCE = '#/components/schemas/';

/**
 * What a schema says, one level deep:
 * `{name, types, nullable, text, format, limits, choices, example, fields, items, values, options}`.
 * `name` is that of the reference, for the guard against schemas that have themselves within; `fields` is
 * `[{name, required, schema}]`, `items` and `values` (of a map) are schemas, `options` those of which one holds.
 */
export function readSchema(schemas, given) {
  const { name, schema } = follow(schemas, given);
  const options = schema.oneOf ?? schema.anyOf ?? [];
  const real = options.filter((option) => option.type !== 'null');
  const isNull = real.length < options.length;
  if (real.length === 1) {
    const only = readSchema(schemas, real[0]);
    return { ...only, nullable: only.nullable || isNull, text: schema.description ?? only.text };
  }
  const types = [schema.type ?? []].flat();
  const own = {
    name,
    types: types.filter((type) => type !== 'null'),
    nullable: isNull || types.includes('null'),
    text: schema.description ?? '',
    format: schema.format ?? '',
    limits: limits(schema),
    choices: schema.enum?.filter((value) => value !== null) ?? choices(schema.pattern),
    example: schema.example ?? schema.examples?.[0],
    fields: fields(schema),
    items: schema.items ?? null,
    values: typeof schema.additionalProperties === 'object' ? schema.additionalProperties : null,
    options: real,
  };
  return schema.allOf ? together(schemas, own, schema.allOf) : own;
}

/** The schema behind a reference; what stands beside a reference counts more. */
function follow(schemas, given) {
  let name = '';
  let schema = given ?? {};
  for (let steps = 0; schema.$ref?.startsWith(REFERENCE) && steps < 16; steps += 1) {
    const { $ref, ...beside } = schema;
    name = $ref.slice(REFERENCE.length);
    schema = { ...schemas[name], ...beside };
  }
  return { name, schema };
}

function fields(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .map(([name, inner]) => ({ name, required: required.has(name), schema: inner }));
}

function together(schemas, own, parts) {
  const all = parts.map((part) => readSchema(schemas, part));
  const merged = new Map([...all.flatMap((part) => part.fields), ...own.fields].map((field) => [field.name, field]));
  return { ...own, types: own.types.length ? own.types : ['object'], fields: [...merged.values()] };
}

function limits({ minimum, maximum, minLength, maxLength }) {
  return { minimum, maximum, minLength, maxLength };
}

/** The values that a pattern such as `^(rows|dcz)$` or `^tar\.gz(\.sha256)?$` lets through, if they are plain. */
export function choices(pattern = '') {
  const plain = (text) => (/^(?:[\w-]|\\\.)+$/.test(text) ? text.replaceAll('\\', '') : null);
  const whole = /^\^(.*)\$$/.exec(pattern)?.[1] ?? '';
  const tail = /^([^()]+)\(([^()]+)\)\?$/.exec(whole);
  const parts = tail ? [tail[1], tail[1] + tail[2]] : whole.replace(/^\(([^()]*)\)$/, '$1').split('|');
  const found = parts.map(plain);
  return found.every((value) => value !== null) ? found : [];
}

/** An example of what a schema describes; `seen` ends what has itself within. */
export function exampleOf(schemas, given, seen = []) {
  const schema = readSchema(schemas, given);
  if (schema.example !== undefined) return schema.example;
  if (schema.name && seen.includes(schema.name)) return null;
  const inner = [...seen, schema.name];
  if (schema.choices.length) return schema.choices[0];
  if (schema.options.length) return exampleOf(schemas, schema.options[0], inner);
  if (schema.fields.length) {
    const needed = schema.fields.filter(({ required }) => required);
    return Object.fromEntries(needed.map((field) => [field.name, exampleOf(schemas, field.schema, inner)]));
  }
  if (schema.items) return [exampleOf(schemas, schema.items, inner)];
  return { string: '', integer: 0, number: 0, boolean: false, object: {} }[schema.types[0]] ?? null;
}
