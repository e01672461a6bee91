// Sends what is in the form and reads the answer, as far as there is something to see.

import { send } from '../kit/api.js';
import { isText } from './request.js';

/** So much of an answer is shown whole, in bytes; of a longer one only its head, of a file nothing. */
const ENOUGH = 512 * 1024;
const HEAD = 32 * 1024;
const SHOWN = [
  'Content-Type', 'Content-Encoding', 'ETag', 'Cache-Control', 'X-Database-Version', 'Repr-Digest', 'Retry-After',
];

/**
 * `{status, type, headers, etag, ms, size, kind, text, value, blob, isCut}`.
 * `kind`: `json` (`value`), `text`, `image` (`blob`), `file` (only its size, if it says so) or `none`.
 */
export async function exchange(path, { signal, ...options }) {
  const stop = new AbortController();
  const began = performance.now();
  const response = await send(path, { ...options, cache: 'no-store', signal: AbortSignal.any([signal, stop.signal]) });
  const type = (response.headers.get('Content-Type') ?? '').split(';')[0].trim();
  const body = await read(response, type, stop);
  return {
    status: response.status,
    type,
    headers: headers(response),
    etag: response.headers.get('ETag'),
    ms: performance.now() - began,
    ...body,
  };
}

async function read(response, type, stop) {
  const said = response.headers.get('Content-Length');
  const length = said === null ? null : Number(said);
  if (!response.body || response.status === 304 || length === 0) return { kind: 'none', size: 0 };
  if (!isText(type) && !type.startsWith('image/')) {
    stop.abort();
    return { kind: 'file', size: length };
  }
  if (type.startsWith('image/')) {
    const blob = await response.blob();
    return { kind: 'image', size: blob.size, blob };
  }
  const { blob, isCut } = await upTo(response.body.getReader(), type);
  const text = await blob.text();
  const size = isCut ? length : blob.size;
  return { ...(isCut ? { kind: 'text' } : parsed(text, type)), size, text, isCut };
}

/** The first part of a stream; what comes after it is not waited for. */
async function upTo(reader, type) {
  const chunks = [];
  for (let size = 0; size < ENOUGH;) {
    const { done, value } = await reader.read();
    if (done) return { blob: new Blob(chunks, { type }), isCut: false };
    chunks.push(value);
    size += value.length;
  }
  await reader.cancel();
  return { blob: new Blob(chunks, { type }).slice(0, HEAD, type), isCut: true };
}

function parsed(text, type) {
  if (!/[/+]json$/.test(type)) return { kind: 'text' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'text' };
  }
}

/** The headers that say something of the answer, and how many requests are left. */
function headers(response) {
  const limits = [...response.headers.keys()].filter((name) => /ratelimit/.test(name));
  return [...SHOWN, ...limits].map((name) => [name, response.headers.get(name)]).filter(([, value]) => value !== null);
}
