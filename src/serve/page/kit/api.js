// The server's JSON interface: one place that asks, and one kind of error.

import { inTab } from './kept.js';
import { t } from './words.js';

/** What went wrong, in words: `code` as the interface names it, `offline`, `unreadable`, or `asked` of a wrong link. */
export class ApiError extends Error {
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const KEY = 'ipmint.key';

/** The key of who looks, kept for this tab; '' without one. */
export const key = () => inTab.get(KEY) ?? '';

/** Keeps a key, none for ''. False for what no header can carry: then none is kept. */
export function keepKey(text) {
  const isKey = /^[\x21-\x7e]+$/.test(text);
  if (isKey) inTab.set(KEY, text);
  else inTab.remove(KEY);
  return isKey || text === '';
}

/** A path of the server as a whole URL. One of the page's own may have a name and a password in it. */
export const urlOf = (path) => new URL(path, location.origin).href;

const offline = () => new ApiError('offline', t('error.offline'), 0);

/**
 * Sends a request with the key that is kept; any answer is one, whatever its status. `signal` breaks it off (an
 * AbortError).
 */
export async function send(path, { headers = {}, ...options } = {}) {
  const held = key();
  const all = new Headers(held ? { 'X-API-Key': held, ...headers } : headers);
  try {
    return await fetch(urlOf(path), { credentials: 'same-origin', ...options, headers: all });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw offline();
  }
}

/** Asks for a path; an answer that is none is an ApiError. */
export async function ask(path, options) {
  const response = await send(path, options);
  if (!response.ok) throw await problem(response);
  return response;
}

/** The JSON at a path. */
export async function json(path, options) {
  const response = await ask(path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('unreadable', t('error.unreadable', { path }), response.status);
  }
}

async function problem(response) {
  const said = await response.json().catch(() => null);
  const message = said?.message ?? t('error.status', { status: response.status });
  return new ApiError(said?.error ?? 'unreadable', message, response.status);
}

/** A JSON object that never changes (of one release), asked for until it was had once. */
const kept = new Map();
export async function once(path, options) {
  if (!kept.has(path)) kept.set(path, await json(path, options));
  return kept.get(path);
}

/** A module of the page that is on its way. One that did not come stays away until the page is loaded anew. */
export async function arrived(module) {
  try {
    return await module;
  } catch (error) {
    throw error instanceof TypeError ? Object.assign(offline(), { isOfPage: true }) : error;
  }
}
