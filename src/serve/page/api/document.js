// The OpenAPI document as the view needs it: operations in groups, each with where it is and what it takes.

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** The operation that is shown when none is named. */
export const FIRST = 'lookup_ip';

/** All operations: `{id, method, path, tag, summary, description, parameters, body, responses, security}`. */
export function operations(document) {
  return Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method])
    .map((method) => operation(document, path, item, method)));
}

function operation(document, path, item, method) {
  const own = item[method];
  return {
    id: own.operationId ?? `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    tag: own.tags?.[0] ?? '',
    summary: own.summary ?? path,
    description: own.description ?? '',
    parameters: [...(item.parameters ?? []), ...(own.parameters ?? [])],
    body: own.requestBody ?? null,
    responses: Object.entries(own.responses ?? {}).map(([status, answer]) => ({ status, ...answer })),
    security: own.security ?? document.security ?? [],
  };
}

/** Operations by tag, in the document's order of tags: `[{name, description, members}]`. */
export function groups(document, all) {
  const named = document.tags ?? [];
  const others = [...new Set(all.map(({ tag }) => tag))].filter((tag) => !named.some(({ name }) => name === tag));
  return [...named, ...others.map((name) => ({ name, description: '' }))]
    .map((tag) => ({ ...tag, members: all.filter((one) => one.tag === tag.name) }))
    .filter(({ members }) => members.length > 0);
}

/** Whether all words of a text are somewhere in what is said of an operation. */
export function matches(one, text) {
  const said = `${one.method} ${one.path} ${one.id} ${one.summary} ${one.description}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => said.includes(word));
}

/** The media types of the answers that are no errors. */
export function goodTypes({ responses }) {
  const good = responses.filter(({ status }) => status.startsWith('2'));
  return [...new Set(good.flatMap(({ content }) => Object.keys(content ?? {})))];
}
