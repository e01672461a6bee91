// One operation: what it is for, how to try it, and what it answers.

import { h } from '../kit/dom.js';
import { breakable, card, prose } from '../kit/parts.js';
import { attempt } from './attempt.js';
import { methodName, paragraph } from './prose.js';
import { schemaTree } from './tree.js';
import { statusName, t } from './words.js';

/** The article; `context` is `{schemas, schemes, index, query, signal, keys}`. */
export function operationArticle(one, context) {
  const named = { id: 'api-operation', 'aria-labelledby': 'api-summary', dataset: { operation: one.id } };
  return h('article', { class: 'stack', ...named },
    h('section', { class: 'card stack tight' },
      h('h2', { id: 'api-summary', tabindex: -1, lang: 'en' }, prose(one.summary)),
      h('p', { class: 'endpoint mono' },
        methodName(one), breakable(one.path)),
      paragraph(one.description),
      h('p', { class: 'soft small' }, securityText(one.security, context.schemes))),
    attempt(one, context),
    card({ named: 'api-responses', title: t('responses'), level: 3 },
      one.responses.map((answer) => response(answer, context.schemas))));
}

/** Who may ask, in a sentence. */
function securityText(security, schemes) {
  const ways = security.filter((way) => Object.keys(way).length > 0)
    .map((way) => Object.keys(way).map((name) => wayText(schemes[name] ?? {})).join(' + '));
  if (ways.length === 0) return t('key.never');
  const isOptional = security.some((way) => Object.keys(way).length === 0);
  return t(isOptional ? 'key.maybe' : 'key.always', { ways: ways.join(t('comma')) });
}

function wayText({ type, in: place, name, scheme }) {
  if (type === 'apiKey') return t(place === 'header' ? 'way.header' : 'way.query', { name });
  return t(scheme === 'basic' ? 'way.basic' : 'way.bearer');
}

/** What is sent with a status: good answers are open at once. */
function response({ status, description, content = {} }, schemas) {
  const types = Object.entries(content);
  const schema = types.map(([, media]) => media.schema).find(Boolean);
  return h('details', { class: 'response', open: status.startsWith('2'), dataset: { status } },
    h('summary', {}, h('code', { class: 'name' }, status), ' ', h('span', { class: 'soft' }, statusName(status))),
    h('div', { class: 'stack tight' },
      paragraph(description),
      types.length > 0 && h('p', { class: 'row types' }, types.map(([type]) => h('code', {}, type))),
      schema && schemaTree(schemas, schema)));
}
