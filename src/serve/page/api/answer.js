// An answer, drawn: how it went in a line, the headers, and what it says.

import { h } from '../kit/dom.js';
import { bytes, decimal } from '../kit/format.js';
import { jsonView } from '../kit/json.js';
import { key } from '../kit/api.js';
import { statusName, t } from './words.js';

/** What `exchange` gave; `url` is where a file can be had, `again(etag)` asks whether it has changed. */
export function answer(given, { url, again, signal }) {
  const etag = given.etag && given.status < 400 ? given.etag : null;
  return [
    h('div', { class: 'row between' }, line(given),
      etag && h('button', {
        type: 'button', class: 'quiet', id: 'api-again', title: t('again.why'), onclick: () => again(etag),
      }, t('again'))),
    given.status >= 400 && given.value?.message && h('p', { class: 'refusal' }, given.value.message),
    headerTable(given.headers),
    content(given, url, signal),
  ];
}

/** `200 OK · 12 ms · 390 bytes`. */
function line({ status, ms, size, kind }) {
  const time = ms < 1000 ? t('ms', { n: decimal(ms, ms < 10 ? 1 : 0) }) : t('seconds', { n: decimal(ms / 1000, 2) });
  const large = kind === 'none' || size === null ? null : bytes(size);
  const band = status >= 500 ? 'critical' : status >= 400 ? 'high' : 'low';
  return h('p', { class: 'row went' },
    h('strong', { class: 'status', dataset: { band, status } }, `${status} ${statusName(status)}`),
    h('span', { class: 'soft number' }, [time, large].filter(Boolean).join(' · ')));
}

function headerTable(headers) {
  if (headers.length === 0) return null;
  return h('dl', { class: 'facts heads mono' },
    headers.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

function content({ kind, value, text, blob, type, size, isCut, status }, url, signal) {
  if (kind === 'json') return jsonView(value, { label: t('body') });
  if (kind === 'image') return picture(blob, url, signal);
  if (kind === 'file') return file(type, size, url);
  if (kind === 'none') return h('p', { class: 'soft' }, status === 304 ? t('unchanged') : t('nothing'));
  return [
    isCut && h('p', { class: 'soft' }, t('cut', { size: bytes(text.length) })),
    h('pre', { class: 'json', tabindex: 0, role: 'region', 'aria-label': t('body') }, h('code', {}, text)),
  ];
}

function picture(blob, url, signal) {
  const address = URL.createObjectURL(blob);
  signal.addEventListener('abort', () => URL.revokeObjectURL(address));
  return h('figure', { class: 'picture' }, h('img', { src: address, alt: t('picture', { url }) }));
}

/** A link cannot carry a key in a header, and a key in an address would stay in the history. */
function file(type, size, url) {
  return h('div', { class: 'stack' },
    h('p', {}, size === null ? t('file', { type }) : t('file.size', { type, size: bytes(size) })),
    key() ? h('p', { class: 'soft' }, t('file.key'))
      : h('p', {}, h('a', { href: url, download: '', id: 'api-download' }, t('file.get'))));
}
