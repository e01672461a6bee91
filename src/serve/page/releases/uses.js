// How to get and use an edition: commands to copy, by tool.

import { key as keyOf } from '../kit/api.js';
import { copyable } from '../kit/copy.js';
import { h } from '../kit/dom.js';
import { card, prose } from '../kit/parts.js';
import { remember } from '../kit/route.js';
import * as commands from './commands.js';
import { tabs } from './tabs.js';
import { t } from './words.js';

/** By key: what each is called in any language. */
const TOOLS = { curl: 'curl', geoipupdate: 'geoipupdate', pull: 'ipmint pull', python: 'Python', nginx: 'nginx' };

export function uses({ sources, query, signed }) {
  if (sources.length === 0) return null;
  const named = (name) => sources.find(({ source }) => source === name);
  let chosen = named(query.get('edition')) ?? named('asn') ?? sources[0];
  const select = h('select', { id: 'use-edition', onchange: () => {
    chosen = named(select.value);
    remember({ edition: chosen.source });
    drawn.draw();
  } }, sources.map((source) => h('option', { selected: source === chosen }, source.source)));
  const drawn = tabs({
    id: 'use', label: t('commands.tabs'), chosen: query.get('use'),
    items: Object.entries(TOOLS).map(([key, name]) => ({ key, name, translate: 'no' })),
    panel: (tool) => PANELS[tool]({
      source: chosen, edition: chosen.source, keyed: keyOf() !== '', signed, origin: location.origin,
    }),
    onchoose: (tool) => remember({ use: tool }),
  });
  const aside = h('div', { class: 'row' },
    h('label', { for: 'use-edition', class: 'soft small' }, t('edition')), select);
  return card({ id: 'uses', title: t('commands'), aside }, drawn.element);
}

const said = (name, values) => h('p', { class: 'small soft' }, prose(t(name, values)));
const step = (name, text, values) => [said(name, values), copyable(text, { label: t(name, values) })];
const yours = (keyed) => keyed && said('key.used');

const PANELS = {
  curl: ({ source, edition, keyed, origin }) => [
    step('curl.newest', commands.curlNewest(origin, edition, keyed)),
    step('curl.version', commands.curlVersion(origin, source, keyed)), yours(keyed),
  ],
  geoipupdate: ({ edition, keyed }) => {
    const { older } = commands.updateHost(location);
    return [
      step('geoipupdate.file', commands.geoipConf(location, edition)), step('geoipupdate.run', commands.geoipRun()),
      older !== null && said('geoipupdate.scheme', { host: older }), keyed ? yours(keyed) : said('geoipupdate.free'),
    ];
  },
  pull: ({ edition, keyed, signed, origin }) => [
    step('pull.once', commands.pull(origin, edition, { keyed })),
    step('pull.daemon', commands.pull(origin, edition, { keyed, more: ' --daemon --interval 1h' })),
    signed && step('pull.key', commands.pull(origin, edition, { keyed, more: ' --key ipmint.pub' })), yours(keyed),
  ],
  python: ({ edition }) => {
    const models = commands.pythonModels(edition);
    return [step('python.read', commands.python(edition)), models && step('python.models', models, { edition })];
  },
  nginx: ({ edition }) => [
    step('nginx.read', commands.nginx(edition)), !commands.isKnown(edition) && said('nginx.own'),
  ],
};
