// Networks: the map and what stands beside it against the interface; every way into it and out of it.
//
// usage: networks.mjs ORIGIN [CIDR [ASN]]

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';
import { isCount, isShare } from './kit/numbers.mjs';

const ALL = '0.0.0.0/0';
/** Wheels are heeded at most this often. */
const WHEEL_PAUSE = 450;

await flow(async ({ args, api, open, step, everywhere }) => {
  const [cidr = '185.220.101.0/24', asn = '13335'] = args;
  const view = await open({ expected: [400, 404] });
  const { page } = view;
  const scan = (q, more = '') => api.json(`/v1/cidr?q=${encodeURIComponent(q)}${more}`);
  const subject = async () => decodeURI((await view.hash()).replace(/^#\/\w+\//, '').replace(/\?.*/, ''));
  const tip = async () => (await view.text('#map-tip .mono')).trim();

  await step('the picture is of the network, and not blank', async () => {
    await view.open(`#/net/${cidr}`);
    const { width, colours } = await picture(page);
    assert.ok(width >= 1 && colours > 1, `${width} pixels wide, ${colours} colours`);
    await view.look();
  });

  await step('ratios, scores and tops are those of the interface', () => beside(view, scan, cidr));

  await step('a pointer is told the range and the score of its cell', async () => {
    for (const [x, y] of [[0.03, 0.03], [0.6, 0.4], [0.97, 0.97]]) {
      await point(page, x, y);
      const cell = await tip();
      const facts = await scan(cell, '&top=0&runs=0');
      const text = await view.text('#map-tip');
      if (facts.known.ratio === 0) continue;
      assert.ok(new RegExp(`\\b${facts.score.max}\\b`).test(text), `${cell}: ${facts.score.max} in “${text}”`);
      assert.ok(holds(cidr, cell), `${cell} is in ${cidr}`);
    }
    await view.look('with its tip');
  });

  await step('a click opens the cell that is framed, down to an address', async () => {
    await view.open(`#/net/${ALL}`);
    for (let steps = 0; (await view.hash()).startsWith('#/net/'); steps += 1) {
      assert.ok(steps < 8, `${await view.hash()}: eight clicks, and no address yet`);
      const outer = await subject();
      await point(page, 0.37, 0.61);
      const cell = await tip();
      await page.mouse.down();
      await page.mouse.up();
      await view.settle({ timeout: 60_000 });
      const inner = await subject();
      assert.equal(inner, cell, `a click in ${outer}`);
      assert.ok(lengthOf(inner) > lengthOf(outer), `${outer} to ${inner}`);
    }
    assert.equal(await view.text('#address'), await subject());
    await page.goBack();
    await view.settle();
    assert.match(await view.hash(), /^#\/net\//, 'back on the map');
  });

  await step('the wheel goes in and out at the pointer', async () => {
    await view.open(`#/net/${ALL}`);
    await point(page, 0.2, 0.2);
    const cell = await tip();
    await page.mouse.wheel(0, -120);
    await view.settle();
    const once = await subject();
    assert.equal(lengthOf(once), 4, `${once} after one turn`);
    assert.ok(holds(once, cell), `${cell} is in ${once}`);
    await page.waitForTimeout(WHEEL_PAUSE);
    await page.mouse.wheel(0, -120);
    await view.settle();
    const twice = await subject();
    assert.equal(lengthOf(twice), 8, `${twice} after two`);
    for (const outer of [once, ALL]) {
      await page.waitForTimeout(WHEEL_PAUSE);
      await page.mouse.wheel(0, 120);
      await view.settle();
      assert.equal(await subject(), outer);
    }
  });

  await step('keys do the same, and say where they are', async () => {
    await view.open(`#/net/${cidr}`);
    await page.focus('#map');
    const first = cidr.replace(/\/.*/, '');
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector('#map-says').textContent !== '');
    assert.match(await view.text('#map-says'), new RegExp(`^${first.replaceAll('.', '\\.')}`), 'around and back');
    for (let steps = 0; (await view.hash()).startsWith('#/net/'); steps += 1) {
      assert.ok(steps < 8, `${await view.hash()}: eight times Enter, and no address yet`);
      await page.keyboard.press('Enter');
      await view.settle();
    }
    assert.equal(await subject(), first);
    await page.goBack();
    await view.settle();
    await page.focus('#map');
    await page.keyboard.press('Escape');
    await view.settle();
    assert.ok(lengthOf(await subject()) < lengthOf(cidr), 'Escape goes out');
    await page.click('#map-out');
    await view.settle();
    assert.ok(lengthOf(await subject()) < lengthOf(cidr) - 2, 'the button too');
  });

  await step('what is shown changes picture, legend and permalink', async () => {
    await view.open(`#/net/${cidr}`);
    const seen = new Set();
    const note = async (what) => {
      await view.settle();
      const { digest } = await picture(page);
      seen.add(`${digest} ${await view.text('.legend')}`);
      assert.match(await view.hash(), new RegExp(what === 'score' ? '^[^?]*$' : `show=${what}`));
    };
    await note('score');
    await page.click('button[data-show="signals"]');
    await note('signals');
    await page.selectOption('#map-signal', 'is_vpn');
    await note('is_vpn');
    assert.equal(seen.size, 3, 'three pictures with three legends');
    await view.look();
    const listed = view.all('#net-signals li button').first();
    await listed.click();
    const signal = await view.attribute('#net-signals li:has(button[aria-pressed="true"])', 'data-signal');
    await note(signal);
    await page.reload();
    await view.settle();
    assert.equal(await page.inputValue('#map-signal'), signal);
  });

  await step('runs come page by page until there are no more', async () => {
    const whole = await scan(cidr, '&top=0&runs=1000');
    await view.open(`#/net/${cidr}`);
    const rows = view.all('#runs tbody tr');
    const wanted = Math.min(whole.n_runs, 200);
    while (await rows.count() < wanted) {
      const before = await rows.count();
      await page.click('#runs-more');
      await page.waitForFunction((n) => document.querySelectorAll('#runs tbody tr').length > n, before);
    }
    const shown = await view.texts('#runs tbody tr td:nth-child(1)');
    const scores = await view.texts('#runs tbody tr .score');
    whole.runs.slice(0, shown.length).forEach(({ first, score }, n) => {
      assert.ok(shown[n].startsWith(first), `${shown[n]}, not ${first}`);
      assert.equal(scores[n], String(score), shown[n]);
    });
    if (whole.n_runs <= wanted) assert.equal(await page.isVisible('#runs-more'), false);
  });

  await step('a choice brings back nothing of another network, and loses none of this one', async () => {
    await view.open(`#/net/${cidr}`);
    if (await page.isVisible('#runs-more')) {
      await page.click('#runs-more');
      await view.settle();
    }
    const rows = await view.all('#runs tbody tr').count();
    await page.click('button[data-show="signals"]');
    await view.settle();
    assert.equal(await view.all('#runs tbody tr').count(), rows, 'runs that were loaded stay');
    const hrefs = await view.attributes('#runs tbody a[href^="#/net/"]', 'href');
    for (const href of hrefs) assert.match(href, /show=signals/);
    const message = 'nothing is said of it';
    const asked = /\/v1\/cidr\?.*runs=25/;
    await page.route(asked, (route) => route.fulfill({ status: 400, json: { error: 'invalid_cidr', message } }));
    await page.click('#map-out');
    await page.waitForSelector('#net-side [role="alert"]');
    await page.click('button[data-show="score"]');
    await view.settle();
    assert.ok((await view.text('#net-side')).includes(message), 'the error stays');
    assert.equal(await view.all('#net-verdict, #runs').count(), 0);
    await page.unroute(asked);
  });

  await step('a range has what lies outside of it hatched', async () => {
    const first = cidr.replace(/\/.*/, '');
    const range = `${first}-${first.replace(/\d+$/, '44')}`;
    await view.open(`#/net/${range}`);
    assert.ok((await view.attribute('#map path.outside', 'd')).length > 0);
    assert.equal(await view.all('.swatch.outside').count(), 1);
    await beside(view, scan, range);
    await view.look();
  });

  await step('IPv6 has maps too', async () => {
    const wide = '2000::/3';
    await view.open(`#/net/${wide}`, { timeout: 60_000 });
    await beside(view, scan, wide);
    await point(page, 0.1, 0.1);
    const cell = await tip();
    await page.mouse.down();
    await page.mouse.up();
    await view.settle();
    assert.equal(await subject(), cell);
    await view.look();
  });

  await step('an AS is as the interface has it', async () => {
    const facts = await api.json(`/v1/asn/${asn}`);
    await view.open(`#/as/${asn}`);
    assert.ok((await view.text('#as-title')).startsWith(facts.asn));
    const sums = facts.family === 'IPv4' ? facts.total_ips : facts.total_ips_v6;
    const bars = await view.attributes('#as-signals li', 'data-signal');
    for (const signal of bars) {
      const text = await view.text(`#as-signals li[data-signal="${signal}"] .number`);
      isShare(text, facts.signals[signal].ratio, signal);
      assert.ok(Number(facts.signals[signal].count) <= Number(sums));
    }
    assert.equal(bars.length, Object.values(facts.signals).filter(({ ratio }) => ratio > 0).length);
    assert.deepEqual(await view.texts('#as-samples li a'), facts.ips);
    await view.look();
    await view.open('#/as/4199999999');
    assert.match(await view.text('#main [role="alert"]'), /4199999999/);
    await view.look();
  });

  await step('what is no network is told in words', async () => {
    await view.open('#/net/300.0.0.0/8');
    assert.match(await view.text('#main [role="alert"]'), /300\.0\.0\.0\/8/);
    await page.fill('#search', '1.2.3.4/33');
    await page.press('#search', 'Enter');
    assert.match(await view.text('#search-wrong'), /1\.2\.3\.4\/33/);
  });

  await everywhere([`#/net/${ALL}`, `#/net/${cidr}?show=signals`, `#/as/${asn}`], { languages: ['en', 'zh'] });
});

/** Ratios, totals, tops and the mean of a network. */
async function beside(view, scan, q) {
  const facts = await scan(q, '&top=10&runs=25');
  assert.equal(await view.attribute('#net-verdict .verdict', 'data-verdict'), facts.verdict);
  const some = Object.entries(facts.signals).filter(([, { ratio }]) => ratio > 0);
  const shown = await view.attributes('#net-signals li', 'data-signal');
  assert.deepEqual([...shown].sort(), some.map(([name]) => name).sort());
  const ratios = shown.map((name) => facts.signals[name].ratio);
  assert.deepEqual(ratios, [...ratios].sort((a, b) => b - a), 'the most common first');
  for (const name of shown) {
    const [share, count] = await view.texts(`#net-signals li[data-signal="${name}"] .number`);
    isShare(share, facts.signals[name].ratio, name);
    isCount(count, facts.signals[name].count, name);
  }
  const totals = await view.texts('#net-verdict dd');
  isCount(totals[0], facts.total, 'total');
  ['known', 'listed', 'anonymous', 'abuse'].forEach((name, n) => {
    const [share, count] = totals[n + 1].split(' · ');
    isShare(share, facts[name].ratio, name);
    isCount(count, facts[name].count, name);
  });
  const means = totals[5].match(/[\d.]+/g).map(Number);
  assert.ok(Math.abs(means[0] - facts.score.mean) <= 0.1, `${totals[5]}: ${facts.score.mean}`);
  assert.ok(Math.abs(means[1] - facts.score.mean_listed) <= 0.1, `${totals[5]}: ${facts.score.mean_listed}`);
  assert.equal(totals[6].trim(), String(facts.score.max));
  for (const [name, key] of [['asns', 'asn'], ['providers', 'provider'], ['countries', 'country_code']]) {
    const lines = await view.texts(`section[aria-labelledby="top-${name}"] li`);
    assert.equal(lines.length, facts.top[name].length, name);
    facts.top[name].forEach((entry, n) => assert.ok(lines[n].includes(entry[key]), `${lines[n]}: ${entry[key]}`));
  }
}

/** Puts the pointer on a part of the map, and waits until the tip says something of it. */
async function point(page, x, y) {
  await page.locator('#map').scrollIntoViewIfNeeded();
  await page.mouse.move(0, 0);
  const box = await page.locator('#map').boundingBox();
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  await page.waitForFunction(() => {
    const shown = document.querySelector('#map-tip');
    return shown && !shown.hidden && shown.childElementCount > 1 && !/…/.test(shown.children[1]?.textContent);
  }, null, { timeout: 30_000 });
}

/** The picture that is shown: its width, how many colours it has, and a number that another one would not have. */
function picture(page) {
  return page.evaluate(() => {
    const image = document.querySelector('#map > img');
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    let digest = 0;
    for (const pixel of pixels) digest = (Math.imul(digest, 31) + pixel) >>> 0;
    return { width, height, colours: new Set(pixels).size, digest };
  });
}

/** The length of a prefix, or of an address as one. */
function lengthOf(text) {
  return Number(text.split('/')[1] ?? (text.includes(':') ? 128 : 32));
}

/** Whether an IPv4 prefix has the first address of another. */
function holds(outer, inner) {
  const number = (text) => text.split('/')[0].split('.').reduce((all, part) => all * 256 + Number(part), 0);
  const size = 2 ** (32 - lengthOf(outer));
  return Math.floor(number(inner) / size) * size === number(outer);
}
