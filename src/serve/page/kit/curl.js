// A request as a command to copy.

import { key, urlOf } from './api.js';
import { copyable } from './copy.js';

/** Any text as one word of a POSIX shell. */
export const quoted = (text) => `'${text.replaceAll('\'', '\'\\\'\'')}'`;

/** A request as a command; `isFile` says that the answer is nothing to look at in a terminal. */
export function curl({ path, method = 'GET', headers = {}, body, isFile = false }) {
  const parts = [`curl ${isFile ? '-OJ ' : ''}${quoted(urlOf(path))}`];
  if (method !== 'GET' && body === undefined) parts.push(`-X ${method}`);
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`--data-raw ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

/** The command in a box. A key that is kept is in what is copied; on the screen it is not. */
export function curlBox(request, { label = 'curl', id } = {}) {
  const withKey = (text) => curl(text ? { ...request, headers: { ...request.headers, 'X-API-Key': text } } : request);
  return copyable(withKey(key() && '…'), { label, id, copies: withKey(key()) });
}
