// The editions of a release as a table: what they weigh, in which forms they come, and their digests.

import { copyButton } from '../kit/copy.js';
import { h } from '../kit/dom.js';
import { bytes, count, day } from '../kit/format.js';
import { bar, card, cell, table } from '../kit/parts.js';
import { fileLink } from '../kit/save.js';
import { t } from './words.js';

export function editions({ release, sources, manifest, signal }) {
  const says = h('div', { class: 'small soft', role: 'status' });
  const telling = { says, signal };
  const most = Math.max(...sources.map((source) => source.size_bytes));
  const columns = [
    [t('edition')], [t('size'), 'number'], [t('records'), 'number'], [t('since')], [t('files')], [t('deltas')],
    [t('digests')],
  ];
  const rows = sources.map((source) => row(source, manifest?.editions[source.source], most, telling));
  return card({ id: 'editions', title: t('editions') },
    table({ label: t('editions.region', release), columns, rows, stacks: true }), says);
}

function row(source, record, most, telling) {
  const { source: edition, size_bytes: size } = source;
  return h('tr', { role: 'row', dataset: { edition } },
    h('th', { role: 'rowheader', scope: 'row', class: 'edition', dataset: { label: '' } }, edition),
    cell(t('size'), 'number size', bytes(size), bar(size / most)),
    cell(t('records'), 'number', count(source.records, { exact: true })),
    cell(t('since'), '', since(source, record)),
    cell(t('files'), 'wide', files(source.variants.map((file) => variant(edition, file, telling)))),
    cell(t('deltas'), '', source.deltas.length === 0 ? h('span', { class: 'soft' }, t('none'))
      : files(source.deltas.map((file) => delta(edition, file, telling)))),
    cell(t('digests'), 'wide', h('div', { class: 'digests' },
      digest(edition, 'SHA-256', source.sha256), digest(edition, 'MD5', source.md5))));
}

const files = (links) => h('ul', { class: 'files' }, links.map((one) => h('li', {}, one)));

function since(source, record) {
  const updated = day(Math.floor(Date.parse(source.updated_at) / 1000));
  const old = record && record.since !== source.version;
  return [h('div', { class: 'day' }, updated), record && h('div', { class: 'small soft' },
    old ? t('since.old', { version: record.since }) : t('since.new'))];
}

function variant(edition, file, telling) {
  const size = bytes(file.size_bytes);
  const label = t('file', { edition, variant: file.variant, size });
  return fileLink({ href: file.download_url, name: file.filename, label, ...telling }, file.variant,
    h('span', { class: 'soft' }, ` ${size}`));
}

function delta(edition, file, telling) {
  const size = bytes(file.size_bytes);
  const label = t('delta', { edition, from: file.from, kind: file.kind, size });
  return fileLink({ href: file.download_url, name: `${edition}.from-${file.from}.${file.kind}`, label, ...telling },
    `${file.from} ${file.kind}`, h('span', { class: 'soft' }, ` ${size}`));
}

function digest(edition, kind, text) {
  return [h('span', { class: 'soft small' }, kind), h('code', { title: text }, `${text.slice(0, 8)}…`),
    copyButton(text, { label: t('digest.copy', { kind, edition, text }) })];
}
