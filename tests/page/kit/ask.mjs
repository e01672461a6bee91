// The server's interface, asked from outside of the browser: what the page shows is compared with it.

import assert from 'node:assert/strict';

/** `{answer(path), json(path), maybe(path)}` of a server; `key` goes along. */
export function asker(origin, key = '') {
  const headers = key ? { 'X-API-Key': key } : {};
  const answer = (path, options = {}) => fetch(new URL(path, origin), { headers, ...options });
  const json = async (path) => {
    const found = await answer(path);
    assert.ok(found.ok, `${path} answered ${found.status}`);
    return found.json();
  };
  /** The JSON at a path, or null where the server has none. */
  const maybe = async (path) => {
    const found = await answer(path);
    return found.ok ? found.json() : null;
  };
  /** What the server says of a request that it refuses. */
  const refusal = async (path) => {
    const found = await answer(path);
    assert.ok(!found.ok, `${path} is not refused`);
    return found.json();
  };
  return { answer, json, maybe, refusal };
}
