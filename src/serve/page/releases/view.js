// Releases: what is kept, what is current, and of the chosen one everything that somebody who downloads wants to know.

import { ApiError, json, once } from '../kit/api.js';
import { h } from '../kit/dom.js';
import { about } from './about.js';
import { changes } from './changes.js';
import { editions } from './editions.js';
import { kept } from './kept.js';
import { askSignature, trust } from './trust.js';
import { uses } from './uses.js';
import { t } from './words.js';

export async function render({ subject, query, signal }) {
  const [index, list] = await Promise.all([json('/index.json', { signal }), json('/v1/database/list', { signal })]);
  const releases = [...index.releases].sort((a, b) => b.sequence - a.sequence);
  const release = releases.find(({ version }) => version === (subject || index.current));
  if (!release) throw new ApiError('asked', t('unknown', { version: subject, current: index.current }), 404);
  const { version } = release;
  const sources = list.sources.filter((source) => source.version === version);
  const ofManifest = sources[0] && `${sources[0].download_url}/manifest.minisig`;
  const [manifest, indexSigned, manifestSigned] = await Promise.all([
    once(`/releases/${version}/manifest.json`, { signal }).catch((error) => error),
    askSignature('/index.json.minisig', signal),
    ofManifest ? askSignature(ofManifest, signal) : { state: 'unsigned' },
  ]);
  const known = { index, releases, release, sources, manifest: manifest instanceof Error ? null : manifest };
  const content = h('div', { class: 'stack releases' },
    h('div', { class: 'stack tight' }, h('h1', {}, t('title')), h('p', { class: 'soft' }, t('lead'))),
    kept(known),
    h('div', { class: 'pair' },
      about({ ...known, failed: manifest }), trust({ ...known, indexSigned, manifestSigned })),
    editions({ ...known, signal }),
    uses({ ...known, query, signed: indexSigned.state === 'signed' }),
    changes({ ...known, query, signal }));
  return { title: subject ? t('version', { version }) : t('title'), content };
}
