// Releases: what is kept, weighed, signed and changed, against the interface; and the commands, run as printed.
//
// usage: releases.mjs ORIGIN signed|unsigned
//
// `IPMINT_BIN` is the program whose `pull` is tried, `IPMINT_PUB` the public key of a signed store.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { flow } from './kit/flow.mjs';
import { isCount, isSize } from './kit/numbers.mjs';
import { newFolder, run } from './kit/terminal.mjs';

const { IPMINT_BIN: program, IPMINT_PUB: publicKey } = process.env;
const TOOLS = ['curl', 'geoipupdate', 'pull', 'python', 'nginx'];
/** Two releases of everything there is are read before they are compared. */
const COMPARING = { timeout: 120_000 };

await flow(async ({ args, origin, api, open, step, everywhere }) => {
  const signed = args[0] === 'signed';
  const index = await api.json('/index.json');
  const { sources } = await api.json('/v1/database/list');
  const releases = [...index.releases].sort((a, b) => b.sequence - a.sequence);
  // A signature that is not there is asked for all the same.
  const view = await open({ expected: signed ? [] : [404] });
  const { page } = view;

  await step('the current one is shown, of all that are kept', async () => {
    await view.open('#/releases', COMPARING);
    const names = await view.texts('nav.kept a .name');
    assert.deepEqual(names.map((name) => name.split(/\s/)[0]), releases.map(({ version }) => version));
    assert.ok((await view.text('nav.kept a[aria-current="page"]')).includes(index.current));
    await view.look();
  });

  await step('editions are those of the list', () => editions(view, api, sources, index.current));

  await step('a digest is copied whole', async () => {
    const [source] = sources.filter(({ is_current }) => is_current);
    await page.click(`#editions tr[data-edition="${source.source}"] .digests button`);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), source.sha256);
  });

  await step('signatures are said to be there only where they are', async () => {
    const states = await view.attributes('#trust dd[data-state]', 'data-state');
    assert.deepEqual(states, signed ? ['signed', 'signed'] : ['unsigned', 'unsigned']);
    const expired = index.expires * 1000 < Date.now();
    assert.equal(await view.attribute('#trust dd[data-expired]', 'data-expired'), String(expired));
    if (!signed) return;
    const [, line] = readFileSync(publicKey, 'utf8').split('\n');
    const number = Buffer.from(line, 'base64').subarray(2, 10).reverse().toString('hex').toUpperCase();
    assert.ok((await view.text('#trust dd')).includes(number), `the key ${number}`);
  });

  await step('tabs follow the arrow keys', async () => {
    await page.focus('#use-curl');
    const walked = [];
    for (const key of [...TOOLS.map(() => 'ArrowRight'), 'End', 'Home', 'ArrowLeft']) {
      await page.keyboard.press(key);
      const tab = await page.evaluate(() => document.activeElement.dataset.key);
      assert.equal(await view.attribute('[role="tab"][aria-selected="true"]', 'data-key'), tab);
      assert.equal(await view.attribute('#use-panel', 'aria-labelledby'), `use-${tab}`);
      walked.push(tab);
      await view.look(`tab ${tab}`);
    }
    assert.deepEqual(walked, [...TOOLS.slice(1), 'curl', 'nginx', 'curl', 'nginx']);
    assert.match(await view.hash(), /use=nginx/);
  });

  await step('commands do what they say', async () => {
    const { source: edition, sha256 } = sources.filter(({ is_current }) => is_current)
      .reduce((least, one) => (one.size_bytes < least.size_bytes ? one : least));
    await page.selectOption('#use-edition', edition);
    const inFolder = withFolder(edition, sha256);
    await page.click('#use-curl');
    for (const command of await view.texts('#use-panel .copyable code')) inFolder([command]);
    // Twice: the second time nothing is new, and the file stays.
    const [newest] = await view.texts('#use-panel .copyable code');
    inFolder([newest, newest]);
    if (program) {
      await page.click('#use-pull');
      const pulls = (await view.texts('#use-panel .copyable code')).filter((text) => !text.includes('--daemon'));
      assert.equal(pulls.length, signed ? 2 : 1);
      for (const command of pulls) inFolder([command]);
    }
    for (const tool of TOOLS) {
      await page.click(`#use-${tool}`);
      assert.ok((await view.text('#use-panel')).includes(edition), `${tool} names ${edition}`);
    }
    await page.click('#trust details summary');
    for (const command of await view.texts('#trust .copyable code')) run(command);
    assert.ok((await view.texts('#trust .copyable code')).every((text) => text.includes(origin)));
  });

  await step('what changed is what the interface says', async () => {
    await view.open('#/releases', COMPARING);
    if (releases.length === 1) {
      assert.equal(await view.all('#compared').count(), 0);
      return assert.ok((await view.text('#changes')).length > 40, 'a sentence instead of a picture');
    }
    await changed(view, api, releases[1].version, releases[0].version);
    if (releases.length < 3) return undefined;
    await page.selectOption('#compared', releases[2].version);
    await view.settle(COMPARING);
    assert.match(await view.hash(), new RegExp(`from=${releases[2].version}`));
    return changed(view, api, releases[2].version, releases[0].version);
  });

  await step('an older one is chosen', async () => {
    const older = releases.at(-1);
    await page.click(`nav.kept a[href$="${older.version}"]`);
    await view.settle(COMPARING);
    assert.equal(await view.hash(), `#/releases/${older.version}`);
    await editions(view, api, sources, older.version);
    await view.look();
  });

  await step('one that is not there is told in words', async () => {
    await view.open('#/releases/20010101.1');
    assert.match(await view.text('#main [role="alert"]'), new RegExp(`20010101\\.1.*${index.current}`));
    await view.look();
  });

  await everywhere(['#/releases'], { languages: ['en', 'zh'], expected: signed ? [] : [404] });
});

/** Sizes, records, digests and files of a release; each small file is as long as is said. */
async function editions(view, api, sources, version) {
  const own = sources.filter((source) => source.version === version);
  assert.deepEqual(await view.attributes('#editions tbody tr', 'data-edition'), own.map(({ source }) => source));
  for (const { source, size_bytes: size, records, sha256, md5, variants, deltas } of own) {
    const row = `#editions tr[data-edition="${source}"]`;
    isSize(await view.text(`${row} .size`), size, source);
    isCount(await view.text(`${row} td:nth-child(3)`), records, source);
    assert.deepEqual(await view.attributes(`${row} .digests code`, 'title'), [sha256, md5]);
    const files = [...variants, ...deltas];
    const links = await view.attributes(`${row} .files a`, 'href');
    assert.deepEqual(links, files.map(({ download_url: url }) => url));
    const texts = await view.texts(`${row} .files a`);
    for (const [n, file] of files.entries()) {
      isSize(texts[n], file.size_bytes, `${source} ${texts[n]}`);
      const answer = await api.answer(links[n], { method: 'HEAD', redirect: 'follow' });
      assert.equal(answer.status, 200, links[n]);
      assert.equal(Number(answer.headers.get('content-length')), file.size_bytes, links[n]);
    }
  }
}

/** The picture of what signals gained and lost, in both families, and the movers. */
async function changed(view, api, from, to) {
  const diff = await api.json(`/v1/diff/full/${from}/${to}?limit=1`);
  for (const family of ['v4', 'v6']) {
    await view.page.click(`#changes button[data-family="${family}"]`);
    const gained = (sums) => BigInt(sums[`gained_${family}`]);
    const lost = (sums) => BigInt(sums[`lost_${family}`]);
    const moved = Object.entries(diff.signals).filter(([, sums]) => gained(sums) + lost(sums) > 0n);
    const rows = await view.attributes('#changes .move[data-signal]', 'data-signal');
    assert.deepEqual([...rows].sort(), moved.map(([name]) => name).sort(), family);
    for (const [name, sums] of moved) {
      const row = `#changes .move[data-signal="${name}"]`;
      for (const [side, n] of [['gained', gained(sums)], ['lost', lost(sums)]]) {
        const title = view.all(`${row} [role="cell"].${side} [title]`);
        if (n === 0n) assert.equal(await title.count(), 0, `${name} ${side} nothing`);
        else assert.equal((await title.getAttribute('title')).replace(/\D/g, ''), String(n), `${name} ${side}`);
      }
    }
    const ranges = diff.movers.ranges.filter(({ range }) => range.includes(':') === (family === 'v6'));
    const shown = (await view.texts('#movers tbody .range')).map((text) => text.replace(/\s/g, ''));
    assert.deepEqual(shown, ranges.map(({ range }) => range.replace(/(^[^:]+)\/32$|\/128$/, '$1')), `${family} movers`);
    if (diff.added + diff.removed + diff.changed > 0) {
      isCount((await view.text('#changes .facts dd')).split(' ')[0], diff[`addresses_${family}`], family);
    }
    await view.look(`${from} ${family}`);
  }
}

/** Runs commands in a folder of their own; the edition that they bring is the one with this digest. */
function withFolder(edition, sha256) {
  return (commands) => {
    const folder = newFolder();
    for (const command of commands) run(command, folder);
    const file = readFileSync(path.join(folder, `${edition}.mmdb`));
    assert.equal(createHash('sha256').update(file).digest('hex'), sha256, commands.join('\n'));
  };
}
