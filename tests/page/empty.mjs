// A store without a release: the page says what to do next, and fills when that is done.
//
// usage: empty.mjs ORIGIN FOLDER
//
// FOLDER is where the server's store is, `output` below it; `IPMINT_BIN` is the program that builds there.

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';
import { run } from './kit/terminal.mjs';

/** The server looks at its store by itself; it does so within seconds. */
const PATIENCE = 30_000;

await flow(async ({ args, api, open, step, everywhere }) => {
  const [folder] = args;
  const expected = [400, 404, 503];

  await step('every view of an empty store says what to do next', async () => {
    const view = await open({ expected });
    for (const hash of ['#/', '#/ip/8.8.8.8', '#/net/8.8.8.0/24', '#/as/15169', '#/releases', '#/feeds']) {
      await view.open(hash);
      assert.equal(await view.text('.notice .copyable code'), 'ipmint build --sample', hash);
      await view.look();
    }
    await view.open('#/api');
    assert.ok(await view.all('nav#api-index a').count() > 0, 'the interface is told of all the same');
    await view.close();
  });

  await everywhere(['#/'], { languages: ['en', 'zh'], expected });

  await step('what it says fills it, without a reload', async () => {
    const view = await open({ expected });
    await view.open('#/');
    await view.page.evaluate(() => { globalThis.isStillThis = true; });
    run(await view.text('.notice .copyable code'), folder);
    const end = Date.now() + PATIENCE;
    while ((await api.maybe('/index.json')) === null) assert.ok(Date.now() < end, 'the server found no release');
    const again = view.all('.notice button:not(.copyable button)');
    if (await again.count() > 0) await again.first().click();
    else await view.page.click('#head .home');
    await view.page.waitForSelector('#coverage', { timeout: PATIENCE });
    assert.ok(await view.page.evaluate(() => isStillThis), 'the page was not loaded anew');
    await view.look();
  });
});
