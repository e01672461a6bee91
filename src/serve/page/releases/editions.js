// The editions of a release as a table: what they weigh, in which forms they come, and their digests.

import { copyButton } from '../kit/copy.js';
import { h } from '../kit/dom.js';
import { bytes, count, day } from '../kit/format.js';
import { fileLink } from './save.js';
import { t } from './words.js';

export function editions({ release, sources, manifest }) {
  const says = h('p', { class: 'small soft', role: 'status' });
  const tell = (text) => { says.textContent = text; };
  const most = Math.max(...sources.map((source) => source.size_bytes));
  const columns = [
    ['edition'], ['size', 'number'], ['records', 'number'], ['since'], ['files'], ['deltas'], ['digests'],
  ];
  return h('section', { class: 'card', id: 'editions', 'aria-labelledby': 'editions-title' },
    h('h2', { id: 'editions-title' }, t('editions')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('editions.region', release) },
      h('table', {},
        h('thead', {}, h('tr', {}, columns.map(([name, kind]) => h('th', { scope: 'col', class: kind }, t(name))))),
        h('tbody', {}, sources.map((source) => row(source, manifest?.editions[source.source], most, tell))))), says);
}

function row(source, record, most, tell) {
  const { source: edition, size_bytes: size } = source;
  return h('tr', { dataset: { edition } },
    h('th', { scope: 'row', class: 'edition' }, edition),
    h('td', { class: 'number size' }, bytes(size),
      h('span', { class: 'bar', 'aria-hidden': 'true' },
        h('span', { style: { '--share': `${(100 * size) / most}%` } }))),
    h('td', { class: 'number' }, count(source.records, { exact: true })),
    h('td', {}, since(source, record)),
    h('td', {}, files(source.variants.map((file) => variant(edition, file, tell)))),
    h('td', {}, source.deltas.length === 0 ? h('span', { class: 'soft' }, t('deltas.none'))
      : files(source.deltas.map((file) => delta(edition, file, tell)))),
    h('td', {}, h('div', { class: 'digests' },
      digest(edition, 'SHA-256', source.sha256), digest(edition, 'MD5', source.md5))));
}

const files = (links) => h('ul', { class: 'files' }, links.map((one) => h('li', {}, one)));

function since(source, record) {
  const updated = day(Math.floor(Date.parse(source.updated_at) / 1000));
  const old = record && record.since !== source.version;
  return [h('div', { class: 'day' }, updated), record && h('div', { class: 'small soft' },
    old ? t('since.old', { version: record.since }) : t('since.new'))];
}

function variant(edition, file, tell) {
  const size = bytes(file.size_bytes);
  const label = t('file', { edition, variant: file.variant, size });
  return fileLink({ href: file.download_url, name: file.filename, label, says: tell }, file.variant,
    h('span', { class: 'soft' }, ` ${size}`));
}

function delta(edition, file, tell) {
  const size = bytes(file.size_bytes);
  const label = t('delta', { edition, from: file.from, kind: file.kind, size });
  return fileLink({ href: file.download_url, name: `${edition}.from-${file.from}.${file.kind}`, label, says: tell },
    `${file.from} ${file.kind}`, h('span', { class: 'soft' }, ` ${size}`));
}

function digest(edition, kind, text) {
  return [h('span', { class: 'soft small' }, kind), h('code', { title: text }, `${text.slice(0, 8)}…`),
    copyButton(text, { label: t('digest.copy', { kind, edition, text }) })];
}
