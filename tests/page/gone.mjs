// A server that goes away: the page says so in words, and goes on when it is back.
//
// usage: gone.mjs ORIGIN PID

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';

await flow(async ({ args, open, step }) => {
  const view = await open({ expected: [0, 400, 404] });
  const { page } = view;
  const told = async () => (await view.text('#main [role="alert"]')).length > 20;

  await step('without a network it says so, and tries again when asked', async () => {
    await view.open('#/ip/185.220.101.45');
    await page.context().setOffline(true);
    await page.fill('#search', '8.8.8.8');
    await page.press('#search', 'Enter');
    await view.settle();
    assert.ok(await told(), 'an address');
    await view.look();
    await page.context().setOffline(false);
    await page.click('#main [role="alert"] button');
    await view.settle();
    assert.equal(await view.text('#address'), '8.8.8.8');
    await page.goBack();
    await view.settle();
  });

  await step('what comes later fails alone', async () => {
    await page.goto(page.url().replace(/#.*/, '#/net/185.220.101.0/24'));
    await view.settle();
    await page.context().setOffline(true);
    await page.click('button[data-show="signals"]');
    await page.waitForFunction(() => document.querySelector('.map-wrong').textContent !== '');
    assert.ok(await page.isVisible('#net-signals'), 'what is there stays');
    await page.context().setOffline(false);
    await page.click('button[data-show="score"]');
    await view.settle();
    assert.equal((await view.text('.map-wrong')).trim(), '');
  });

  await step('a server that has ended is told in words, in every view', async () => {
    for (const hash of ['#/releases', '#/feeds', '#/api', '#/']) {
      await page.goto(page.url().replace(/#.*/, hash));
      await view.settle();
    }
    process.kill(Number(args[0]), 'SIGKILL');
    for (const hash of ['#/ip/8.8.8.8', '#/net/8.8.8.0/24', '#/as/15169', '#/releases', '#/feeds']) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await view.settle();
      assert.ok(await told(), hash);
    }
    await view.look();
  });
});
