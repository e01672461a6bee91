// A server that asks for a key: the page asks for it too, keeps it for the tab, and works.
//
// usage: keys.mjs ORIGIN KEY

import assert from 'node:assert/strict';

import { asker } from './kit/ask.mjs';
import { flow } from './kit/flow.mjs';
import { run } from './kit/terminal.mjs';

const ADDRESS = '185.220.101.45';
const EXPECTED = [400, 401, 404];

await flow(async ({ args, origin, open, step, everywhere }) => {
  const [key] = args;
  const api = asker(origin, key);

  await everywhere(['#/', `#/ip/${ADDRESS}`], { languages: ['en', 'zh'], expected: EXPECTED });

  const view = await open({ expected: EXPECTED });
  const { page } = view;
  await step('a wrong key is told in words, a right one opens the view', async () => {
    await view.open(`#/ip/${ADDRESS}`);
    assert.ok((await view.text('main [role="alert"]')).length > 10);
    await page.fill('#api-key', 'schlüssel');
    await page.press('#api-key', 'Enter');
    assert.ok((await view.text('#api-key-wrong')).length > 10, 'what no header carries is told');
    await page.fill('#api-key', 'ipm_00000000000000000000000000000000');
    await page.press('#api-key', 'Enter');
    await view.settle();
    assert.ok(await page.isVisible('#api-key'), 'it asks again');
    await view.look();
    await page.fill('#api-key', key);
    await page.press('#api-key', 'Enter');
    await view.settle();
    const { explanation } = await api.json(`/v1/explain/${ADDRESS}`);
    assert.equal(await view.text('#dial .score-number'), String(explanation.score));
    await view.look();
  });

  await step('every view works with it, after a reload too', async () => {
    for (const [hash, part] of [
      ['#/', '#coverage'], ['#/net/185.220.101.0/24', '#map > img[src]'], ['#/as/13335', '#as-signals'],
      ['#/releases', '#editions'], ['#/feeds', 'table.feeds'],
    ]) {
      await page.goto(`${origin}/${hash}`);
      await page.reload();
      await view.settle();
      assert.equal(await page.locator(part).count(), 1, `${hash}: ${part}`);
    }
  });

  await step('what is copied has it, what is seen has not', async () => {
    await page.goto(`${origin}/#/api/lookup_ip`);
    await view.settle();
    assert.equal(await page.inputValue('#api-key-kept'), key);
    const shown = await view.text('#api-curl');
    assert.ok(!shown.includes(key) && shown.includes('X-API-Key'), shown);
    await page.click('#api-form .copyable button');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(copied.includes(key));
    assert.ok(JSON.parse(run(copied)).ip, 'the command works');
    await page.click('#api-send');
    await view.settle();
    assert.equal(await view.attribute('#api-answer .status', 'data-status'), '200');
    await view.look();
  });

  await step('a file is downloaded with it', async () => {
    await page.goto(`${origin}/#/releases`);
    await view.settle();
    const [download] = await Promise.all([
      page.waitForEvent('download'), page.click('#editions tr[data-edition="asn"] .files a >> nth=0'),
    ]);
    assert.equal(download.suggestedFilename(), 'asn.mmdb');
    const { sources } = await api.json('/v1/database/list');
    const stream = await download.createReadStream();
    let size = 0;
    for await (const chunk of stream) size += chunk.length;
    assert.equal(size, sources.find(({ source }) => source === 'asn').size_bytes);
  });

  await step('another tab has none', async () => {
    const other = await open({ expected: EXPECTED });
    await other.open('#/feeds');
    assert.ok(await other.page.isVisible('#api-key'));
  });
});
