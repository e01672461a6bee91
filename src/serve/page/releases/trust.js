// Whether signatures are there, whose they say they are, and how to check them. This page checks none: it has no key.

import { ApiError, ask, key } from '../kit/api.js';
import { copyable } from '../kit/copy.js';
import { h } from '../kit/dom.js';
import { day } from '../kit/format.js';
import { card, facts, prose } from '../kit/parts.js';
import { digestCommands, signatureCommands } from './commands.js';
import { t } from './words.js';

/** `{state: 'signed' | 'unsigned' | 'unknown', …}` of the signature at a path. */
export async function askSignature(path, signal) {
  try {
    const response = await ask(path, { signal });
    return { state: 'signed', ...readSignature(await response.text()) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? { state: 'unsigned' } : { state: 'unknown', why: error.message };
  }
}

/** `{key, comment}` of a file of minisign: the key's number as minisign prints it, and the trusted comment. */
function readSignature(text) {
  const lines = text.split('\n');
  const comment = /^trusted comment: (.*)$/m.exec(text)?.[1] ?? '';
  let raw = '';
  try {
    raw = atob(lines[1] ?? '');
  } catch {
    return { key: '?', comment };
  }
  const number = [...raw.slice(2, 10)].reverse().map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'));
  return { key: number.join('').toUpperCase() || '?', comment };
}

export function trust({ index, release, indexSigned, manifestSigned }) {
  const expired = index.expires * 1000 < Date.now();
  const signed = indexSigned.state === 'signed';
  const keyed = key() !== '';
  const expiry = !expired ? 'trust.valid' : signed ? 'trust.expired' : 'trust.over';
  return card({ id: 'trust', title: t('trust') },
    facts([
      [t('trust.index'), stateOf(indexSigned), { dataset: { state: indexSigned.state } }],
      [t('trust.manifest'), stateOf(manifestSigned), { dataset: { state: manifestSigned.state } }],
      [t('trust.comment'), indexSigned.comment, { class: 'mono' }],
      [t('trust.expires'), prose(t(expiry, { day: day(index.expires) })),
        { class: expired && signed ? 'wrong' : null, dataset: { expired } }],
    ]),
    h('p', { class: 'soft small' }, prose(t(signed ? 'trust.why_signed' : 'trust.why_unsigned'))),
    signed && copyable(signatureCommands(location.origin, keyed), { label: t('trust.check') }),
    h('details', {}, h('summary', { class: 'small' }, t('trust.digest')),
      copyable(digestCommands(location.origin, release, keyed), { label: t('trust.check_digest') })));
}

function stateOf({ state, key, why }) {
  return t(`trust.${state}`, { key, why });
}
