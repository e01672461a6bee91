// The server's JSON interface: one place that asks, and one kind of error.

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
export const key = () => sessionStorage.getItem(KEY) ?? '';

export function keepKey(text) {
  if (text) sessionStorage.setItem(KEY, text);
  else sessionStorage.removeItem(KEY);
}

/**
 * Sends a request with the key that is kept; any answer is one, whatever its status. `signal` breaks it off (an
 * AbortError).
 */
export async function send(path, { headers = {}, ...options } = {}) {
  const held = key();
  const all = held ? { 'X-API-Key': held, ...headers } : headers;
  try {
    // Without credentials of its own the browser does not come up with a dialog of its own for a key.
    return await fetch(path, { credentials: 'omit', ...options, headers: all });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('offline', t('error.offline'), 0);
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
  const said = await response.json().catch(() => ({}));
  const message = said.message ?? t('error.status', { status: response.status });
  return new ApiError(said.error ?? 'unreadable', message, response.status);
}

/** A JSON object that never changes (of one release), asked for once. */
const kept = new Map();
export function once(path) {
  if (!kept.has(path)) {
    const answer = json(path);
    kept.set(path, answer);
    answer.catch(() => kept.delete(path));
  }
  return kept.get(path);
}
