// What stands around every view: languages, colours, keyboard, history, and what all of it weighs.
//
// usage: shell.mjs ORIGIN

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';
import { listen } from './kit/tongue.mjs';

/** The first view, compressed, on the wire: page and data. */
const MOST_BYTES = 100_000;
const VIEWS = [
  '#/', '#/ip/185.220.101.45', '#/ip/8.8.8.8', '#/net/0.0.0.0/0', '#/net/185.220.101.0/24?show=is_vpn', '#/as/13335',
  '#/releases', '#/feeds', '#/api', '#/api/lookup_batch',
];
/** Nobody on the loopback has an address of their own, and a store may be without signatures. */
const EXPECTED = [400, 404];

await flow(async ({ open, step }) => {
  await step('in Chinese no word is English', async () => {
    const view = await open({ language: 'zh', expected: EXPECTED });
    const { strangers } = await listen(view);
    const wrong = [];
    for (const hash of [...VIEWS, '#/ip/10.0.0.1', '#/net/300.0.0.0/8', '#/releases/20010101.1', '#/nowhere']) {
      await view.open(hash);
      assert.equal(await view.attribute('html', 'lang'), 'zh-Hans');
      await view.page.locator('details').evaluateAll((all) => all.forEach((one) => { one.open = true; }));
      await view.settle();
      for (const text of await strangers()) wrong.push(`${hash}: “${text}”`);
    }
    assert.deepEqual(wrong, []);
    await view.close();
  });

  await step('another language is spoken at once, and kept', async () => {
    const view = await open({ expected: EXPECTED });
    await view.open('#/ip/185.220.101.45');
    const [h2] = await view.texts('#waterfall h2');
    await view.page.fill('#search', 'not yet searched');
    await view.page.focus('#language');
    await view.page.selectOption('#language', 'zh');
    await view.settle();
    assert.equal(await view.page.inputValue('#search'), 'not yet searched');
    assert.equal(await view.page.evaluate(() => document.activeElement.id), 'language', 'the focus stays');
    assert.equal(await view.attribute('html', 'lang'), 'zh-Hans');
    assert.notEqual(await view.text('#waterfall h2'), h2);
    assert.match(await view.text('#head nav'), /[\u4e00-\u9fff]/);
    assert.equal(await view.text('#address'), '185.220.101.45');
    await view.look();
    await view.page.reload();
    await view.settle();
    assert.equal(await view.attribute('html', 'lang'), 'zh-Hans');
    await view.page.selectOption('.settings select >> nth=0', 'en');
    await view.settle();
    assert.equal(await view.text('#waterfall h2'), h2);
    await view.close();
  });

  await step('colours are those of the system, or those chosen', async () => {
    const view = await open({ theme: 'dark', expected: EXPECTED });
    await view.open('#/');
    const ground = () => view.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await view.page.selectOption('.settings select >> nth=1', 'light');
    const light = await ground();
    assert.notEqual(light, dark);
    await view.look('light by choice');
    await view.page.reload();
    await view.settle();
    assert.equal(await ground(), light, 'kept');
    await view.page.selectOption('.settings select >> nth=1', 'auto');
    assert.equal(await ground(), dark, 'the system’s again');
    await view.close();
  });

  await step('the keyboard walks through the head, and skips it', async () => {
    const view = await open({ expected: EXPECTED });
    const { page } = view;
    await view.open('#/');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'skip');
    await view.look('with the skip link');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.closest('#main') !== null), 'on in the content');
    await page.evaluate(() => document.activeElement.blur());
    await view.open('#/');
    const places = await page.locator('#skip, #head a, #head input, #head button, #head select').count();
    const walked = [];
    for (let n = 0; n < places; n += 1) {
      await page.keyboard.press('Tab');
      walked.push(await page.evaluate(() => {
        const element = document.activeElement;
        const { outlineStyle, outlineWidth, borderColor } = getComputedStyle(element);
        const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
        const { width, left, top } = element.getBoundingClientRect();
        const name = element.getAttribute('aria-label') ?? element.textContent.trim();
        return { inHead: element.closest('#head, #skip') !== null, isSeen, borderColor, width, left, top, name };
      }));
    }
    for (const { inHead, isSeen, width, left, name } of walked) {
      assert.ok(inHead, `${name} is in the head`);
      assert.ok(isSeen, `the focus on ${name} is seen`);
      assert.ok(width > 0 && left >= 0, `${name} is seen`);
    }
    await view.close();
  });

  await step('links of the head lead to views, and the browser back and forth', async () => {
    const view = await open({ expected: EXPECTED });
    const { page } = view;
    await view.open('#/');
    const seen = [];
    const note = async () => {
      await view.settle();
      seen.push(`${await view.hash()} ${await page.title()} ${await view.text('#main h1')}`);
    };
    await note();
    for (const n of [1, 2, 3, 4]) {
      await page.locator('#head nav a').nth(n).click();
      await note();
      assert.equal(await page.locator('#head nav a').nth(n).getAttribute('aria-current'), 'page');
      assert.ok(await page.evaluate(() => document.activeElement.matches('#main h1')), 'the focus is on the heading');
    }
    assert.equal(new Set(seen).size, 5, `${seen}`);
    const there = seen.splice(0);
    for (let n = 0; n < 4; n += 1) {
      await page.goBack();
      await note();
    }
    assert.deepEqual(seen.toReversed(), there.slice(0, 4));
    seen.splice(0);
    for (let n = 0; n < 4; n += 1) {
      await page.goForward();
      await note();
    }
    assert.deepEqual(seen, there.slice(1));
    for (const nowhere of ['#/nowhere', '#/constructor']) {
      await view.open(nowhere);
      assert.ok((await view.text('#main [role="alert"]')).length > 10);
      assert.ok((await page.title()).startsWith(await view.text('#main h1')), await page.title());
    }
    await view.look();
    await view.close();
  });

  await step('a browser that keeps nothing shows everything', async () => {
    const view = await open({ expected: EXPECTED });
    await view.page.addInitScript(() => {
      const get = () => { throw new DOMException('not here', 'SecurityError'); };
      for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, { get });
    });
    await view.open('#/ip/8.8.8.8');
    assert.equal(await view.text('#address'), '8.8.8.8');
    await view.page.selectOption('#language', 'zh');
    await view.settle();
    assert.equal(await view.attribute('html', 'lang'), 'zh-Hans');
    await view.close();
  });

  await step('what is typed becomes what is meant', async () => {
    const view = await open({ expected: EXPECTED });
    await view.open('#/api');
    const meant = {
      '[::1]': { kind: 'ip', text: '::1' }, '1.0.0.0 – 1.0.0.5': { kind: 'net', text: '1.0.0.0-1.0.0.5' },
      'AS1.10': { kind: 'as', text: '65546' }, '1.0.0.0/24/9': null, '1.0.0.0-1.0.0.5-7': null, 'AS1.70000': null,
    };
    for (const [typed, wanted] of Object.entries(meant)) {
      const found = await view.page.evaluate(async (text) => {
        const { recognise } = await import('/page/kit/address.js');
        return recognise(text);
      }, typed);
      assert.deepEqual(found, wanted, typed);
    }
    await view.close();
  });

  for (const size of ['desktop', 'phone']) {
    await step(`the first view is light on a ${size}`, async () => {
      for (const hash of VIEWS) {
        const { page, data, n, shifted } = await weigh(open, { size, hash });
        const line = `${(page / 1000).toFixed(1).padStart(6)} kB page, ${(data / 1000).toFixed(1).padStart(6)} kB data`;
        console.log(`           ${line}, ${n} requests, shift ${shifted.toFixed(4)}  ${hash}`);
        if (hash === '#/') assert.ok(page + data <= MOST_BYTES, `${page + data} bytes`);
        assert.ok(page <= MOST_BYTES, `${hash}: ${page} bytes of the page`);
      }
    });
  }
});

/** Bytes on the wire of a view in a browser that has nothing of it yet. */
async function weigh(open, { size, hash }) {
  const view = await open({ size, expected: EXPECTED });
  const client = await view.page.context().newCDPSession(view.page);
  await client.send('Network.enable');
  const urls = new Map();
  const sums = { page: 0, data: 0, n: 0 };
  client.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, new URL(request.url)));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const { protocol, pathname } = urls.get(requestId) ?? { protocol: '', pathname: '' };
    if (!protocol.startsWith('http')) return;
    sums[pathname === '/' || pathname.startsWith('/page/') ? 'page' : 'data'] += encodedDataLength;
    sums.n += 1;
  });
  const shifted = await view.open(hash);
  await view.close();
  return { ...sums, shifted };
}
