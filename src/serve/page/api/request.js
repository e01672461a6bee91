// From what is in the form to a request: its path, and which types are asked for.

import { choices, readSchema } from './schema.js';

/** A value in a path: a slash in it is part of the value. What need not be escaped stays readable. */
const inPath = (value) => encodeURIComponent(value).replace(/%(?:2C|3A)/g, decodeURIComponent);
const inQuery = (value) => encodeURIComponent(value).replace(/%(?:2C|2F|3A)/g, decodeURIComponent);

/** The path of an operation with values by name of parameter; empty ones are left out of the query. */
export function target({ path, parameters }, values) {
  const filled = path.replace(/\{([^}]+)\}/g, (hole, name) => (values[name] ? inPath(values[name]) : hole));
  const pairs = parameters.filter((one) => one.in === 'query' && (values[one.name] ?? '') !== '')
    .map(({ name }) => `${inQuery(name)}=${inQuery(values[name])}`);
  return pairs.length ? `${filled}?${pairs.join('&')}` : filled;
}

/**
 * What stands in the form at first, by name: the document's examples, and of a release that must be named one that is
 * there. `index` is `/index.json`, or null.
 */
export function defaults({ parameters }, schemas, index) {
  return Object.fromEntries(parameters.map((one) => [one.name, String(fallback(one, schemas, index) ?? '')]));
}

function fallback({ name, required, example, schema }, schemas, index) {
  if (example !== undefined) return example;
  if (!required) return '';
  const plain = readSchema(schemas, schema);
  if (plain.name === 'VersionName') {
    const versions = index?.releases.map(({ version }) => version) ?? [];
    return name === 'from' ? versions.at(-2) ?? index?.current : index?.current;
  }
  if (name === 'file') return 'manifest.json';
  return plain.example ?? choices(schema.pattern)[0];
}

/** The types among which `Accept` can choose: JSON, or a line for each. */
export const acceptable = (types) => (types.includes('application/x-ndjson')
  ? types.filter((type) => /json$/.test(type)) : []);

/** Whether a media type can be read as it is. */
export const isText = (type) => /^text\/|json|xml|openmetrics/.test(type);

/** Whether answers of these types are files to keep. */
export const isFile = (types) => !types.some((type) => type.includes('json')) && types.some((type) => !isText(type));
