// An answer, drawn: how it went in a line, the headers, and what it says.

import { urlOf } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { bytes, decimal } from '../kit/format.js';
import { jsonView } from '../kit/json.js';
import { facts } from '../kit/parts.js';
import { fileLink } from '../kit/save.js';
import { statusName, t } from './words.js';

/** What `exchange` gave; `url` is where a file can be had, `again(etag)` asks whether it has changed. */
export function answer(given, { url, again, signal }) {
  const etag = given.etag && given.status < 400 ? given.etag : null;
  return [
    h('div', { class: 'row between' }, line(given),
      etag && h('button', {
        type: 'button', class: 'quiet', id: 'api-again', title: t('ask.why'), onclick: () => again(etag),
      }, t('ask.again'))),
    given.status >= 400 && given.value?.message && h('p', { class: 'refusal', lang: 'en' }, given.value.message),
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
  return headers.length > 0 && facts(headers, { class: 'heads mono' });
}

function content({ kind, value, text, blob, type, size, isCut, status }, url, signal) {
  if (kind === 'json') return jsonView(value, { label: t('body') });
  if (kind === 'image') return picture(blob, url, signal);
  if (kind === 'file') return file(type, size, url, signal);
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

/** What is no text and no picture is not loaded to be looked at. */
function file(type, size, url, signal) {
  const says = h('div', { class: 'small soft', role: 'status' });
  const name = decodeURIComponent(new URL(urlOf(url)).pathname.split('/').pop());
  return [
    h('p', {}, size === null ? t('file', { type }) : t('file.size', { type, size: bytes(size) })),
    h('p', {}, fileLink({ href: url, name, id: 'api-download', says, signal }, t('file.get'))), says,
  ];
}
