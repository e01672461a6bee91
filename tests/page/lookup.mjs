// Look up: from the box to an address, and every part of what is said of it against the interface.
//
// usage: lookup.mjs ORIGIN [ADDRESS …]

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';
import { dayText, isCount, isPoints, isShare } from './kit/numbers.mjs';
import { run } from './kit/terminal.mjs';

/** Addresses of which somebody may know nothing; the first one that is unknown is looked at. */
const PERHAPS_UNKNOWN = ['25.1.2.3', '57.3.4.5', '11.22.33.44', '2a00:1::1', '2c0f:fff1::5', '2c0f:ffff:ffff::1'];

await flow(async ({ args, api, open, step, everywhere }) => {
  const [address = '185.220.101.45', ...others] = args;
  const at = `#/ip/${address}`;
  const said = await api.json(`/v1/explain/${address}`);
  const { explanation, claims, feeds } = said;
  const view = await open({ expected: [400] });
  const { page } = view;

  await step('the start says what the release covers', async () => {
    await view.open('#/');
    const all = await api.json('/v1/cidr?q=0.0.0.0/0&top=0&runs=0');
    const shares = await view.texts('#coverage .glance dd span');
    const counts = await view.texts('#coverage .glance dd strong');
    ['known', 'listed', 'anonymous', 'abuse'].forEach((key, n) => {
      isShare(shares[n], all[key].ratio, key);
      isCount(counts[n], all[key].count, key);
    });
    const some = Object.values(all.signals).filter(({ count }) => Number(count) > 0);
    assert.equal(await view.all('#cover-signals li').count(), some.length);
    assert.ok(await view.all('.examples a').count() >= 5, 'examples');
    assert.equal(await view.all('#own').count(), 0, 'nobody’s own address is a loopback one');
    await view.look();
  });

  await step('an address is found from the box', async () => {
    await page.fill('#search', ` ${address} `);
    await page.press('#search', 'Enter');
    await view.settle();
    assert.equal(await view.hash(), at);
    assert.equal(await view.text('#address'), said.ip);
    assert.match(await page.title(), new RegExp(said.ip));
    await view.look();
  });

  await step('the verdict is that of the explanation', () => verdict(view, said));

  await step('the waterfall adds up to the score', async () => {
    const { effects, adjustments } = explanation;
    const steps = await view.attributes('#waterfall [data-step]', 'data-step');
    assert.deepEqual(steps, [
      ...effects.map(({ category }) => category),
      ...adjustments.map(({ floor, override }) => (floor ? `floor-${floor}` : `override-${override}`)),
    ]);
    const numbers = await view.texts('#waterfall ol .step > .number');
    [...effects, ...adjustments].forEach(({ effect_ppm }, n) => isPoints(numbers[n], effect_ppm, steps[n]));
    assert.equal(await view.text('#waterfall .total .number'), String(explanation.score));
    const drawn = await page.evaluate(() => {
      const { left, right } = document.querySelector('#waterfall .total .moved').getBoundingClientRect();
      const track = document.querySelector('#waterfall .total .track').getBoundingClientRect();
      return (right - left) / track.width;
    });
    assert.ok(Math.abs(drawn - explanation.final_ppm / 1e6) < 0.01, `the bar of the total is ${drawn} of the axis`);
  });

  await step('a row opens by keyboard to its claims', async () => {
    for (const { category, claims: own } of explanation.effects) {
      const row = `#waterfall details[data-step="${category}"]`;
      await page.focus(`${row} > summary`);
      await page.keyboard.press('Enter');
      assert.notEqual(await view.attribute(row, 'open'), null, `${category} is open`);
      assert.deepEqual(await view.attributes(`${row} .claims li`, 'data-feed'), own.map(({ feed }) => feed));
      const texts = await view.texts(`${row} .claims li`);
      own.forEach(({ feed, via, age_days }, n) => {
        const claim = claims.find((one) => one.feed === feed && one.category === category && one.via === via
          && one.age_days === age_days);
        for (const part of [feed, claim.network, claim.provider, feeds[feed].as_of && dayText(feeds[feed].as_of)]) {
          if (part) assert.ok(texts[n].includes(part), `${category}, ${feed}: no “${part}” in “${texts[n]}”`);
        }
      });
    }
    await view.look('with its rows open');
  });

  await step('floors and feeds are those that are told', async () => {
    const { floors } = explanation;
    const key = ({ outcome }) => (typeof outcome === 'string' ? outcome : Object.keys(outcome)[0]);
    assert.deepEqual(await view.attributes('#floors tbody tr', 'data-outcome'), floors.map(key));
    const numbers = await view.texts('#floors tbody td:nth-child(2)');
    assert.deepEqual(numbers, floors.map(({ floor }) => String(floor)));
    const rows = await view.attributes('#sources tbody tr', 'data-feed');
    assert.deepEqual([...rows].sort(), [...new Set(claims.map(({ feed }) => feed))].sort());
    for (const id of rows) {
      const row = `#sources tr[data-feed="${id}"]`;
      const text = await view.text(row);
      const ranges = claims.filter(({ feed }) => feed === id).map(({ network }) => network);
      for (const part of [...ranges, feeds[id].licence.id, feeds[id].as_of && dayText(feeds[id].as_of)]) {
        if (part) assert.ok(text.includes(part), `${id}: no “${part}” in “${text}”`);
      }
      assert.match(await view.attribute(`${row} a.feed`, 'href'), new RegExp(`^#/feeds\\?q=${id}$`));
    }
  });

  await step('network and AS lead to their views', async () => {
    const check = await api.json(`/v1/check/${address}`);
    assert.equal(await view.text('#facts dd[data-fact="network"]'), said.network);
    if (check.geo.asn) {
      const as = view.all('#facts dd[data-fact="as"] a');
      assert.equal(await as.innerText(), `AS${check.geo.asn}`);
      await as.click();
      await view.settle();
      assert.ok((await view.text('#as-title')).includes(String(check.geo.asn)));
      await page.goBack();
      await view.settle();
    }
    await page.click('#facts dd[data-fact="network"] a');
    await view.settle();
    assert.match(await view.hash(), /^#\/(net|ip)\//);
    await page.goBack();
    await view.settle();
    assert.equal(await view.text('#address'), said.ip);
  });

  await step('the history has a point for each kept release', () => past(view, api, said.ip));

  await step('what is copied asks for the same', async () => {
    for (const name of await view.attributes('#raw button[data-answer]', 'data-answer')) {
      await page.click(`#raw button[data-answer="${name}"]`);
      const command = await view.text('#raw .copyable code');
      await page.click('#raw .copyable button');
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
      const got = JSON.parse(run(command));
      await page.click('#raw details summary');
      await page.waitForSelector('#raw .json');
      assert.deepEqual(JSON.parse(await view.text('#raw .json')), got, name);
      assert.equal(got.ip ?? got.ipAddress ?? said.ip, said.ip);
    }
    await view.look('with JSON');
  });

  await step('its address is a permalink', async () => {
    await view.open(at);
    const before = await view.text('#main');
    await page.click('#main header button');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
    await page.waitForFunction((text) => document.querySelector('#main').innerText === text, before);
    await page.reload();
    await view.settle();
    assert.equal(await view.text('#main'), before);
    assert.equal(await page.inputValue('#search'), address);
  });

  await step('what is no address is told in words', async () => {
    await page.fill('#search', '300.1.1.1');
    await page.press('#search', 'Enter');
    assert.match(await view.text('#search-wrong'), /300\.1\.1\.1/);
    assert.equal(await view.attribute('#search', 'aria-invalid'), 'true');
    await view.look('with a wrong address');
    for (const wrong of ['300.1.1.1', '10.0.0.1', '2001:db8:::1', 'fe80::1']) {
      await view.open(`#/ip/${wrong}`);
      const { message } = await api.refusal(`/v1/explain/${encodeURIComponent(wrong)}`);
      assert.ok((await view.text('#main [role="alert"]')).includes(message), `${wrong}: ${message}`);
    }
    await view.look();
  });

  await step('of an unknown address nothing is made up', async () => {
    for (const unknown of PERHAPS_UNKNOWN) {
      const found = await api.maybe(`/v1/explain/${unknown}`);
      if (!found || found.claims.length > 0) continue;
      await view.open(`#/ip/${unknown}`);
      assert.equal(await view.text('#dial .score-number'), '0');
      assert.ok((await view.text('.sentence')).length > 20, 'a sentence says so');
      for (const part of ['#waterfall', '#floors', '#sources', '#verdict .chip']) {
        assert.equal(await view.all(part).count(), 0, part);
      }
      return view.look();
    }
    return assert.fail('every address is known: name others');
  });

  for (const other of others) {
    await step(`${other} too`, async () => {
      await view.open(`#/ip/${other}`);
      await verdict(view, await api.json(`/v1/explain/${other}`));
      await view.look();
    });
  }

  // Nobody on the loopback has an address to tell of: `/v1/me` refuses.
  await everywhere(['#/', at], { languages: ['en', 'zh'], expected: [400] });
});

/** Score, risk, certainty and signals. */
async function verdict(view, { explanation }) {
  const { score, risk_level, confidence, signals, effects, overrides } = explanation;
  assert.equal(await view.text('#dial .score-number'), String(score));
  assert.equal(await view.attribute('#dial', 'data-band'), risk_level);
  const certain = effects.length + overrides.length > 0 ? `.*\\b${confidence}\\b` : '';
  assert.match(await view.attribute('#dial svg', 'aria-label'), new RegExp(`\\b${score}\\b${certain}`));
  const names = await view.page.evaluate(async (all) => {
    const { signalName } = await import('/page/kit/signals.js');
    return all.map(signalName);
  }, signals);
  assert.deepEqual(await view.texts('#verdict .chips .chip'), names);
  const sentence = await view.text('.sentence');
  for (const name of names) assert.ok(sentence.includes(name), `no “${name}” in “${sentence}”`);
  assert.ok((await view.text('#verdict-title')).length > 0);
}

/** A point for each release that the interface tells of, the same as a table; and one of them by itself. */
async function past(view, api, ip) {
  const { releases } = await api.json(`/v1/history/${ip}`);
  if (releases.length < 2) {
    assert.equal(await view.all('#history .timeline').count(), 0);
    for (const { score } of releases) assert.match(await view.text('#history'), new RegExp(`\\b${score}\\b`));
    return;
  }
  const labels = await view.attributes('#history .timeline li a', 'aria-label');
  assert.equal(labels.length, releases.length, `${labels}`);
  releases.toReversed().forEach(({ date, score }, n) => {
    assert.ok(labels[n].includes(dayText(date)), `${labels[n]}: ${date}`);
    assert.match(labels[n], new RegExp(`\\b${score}\\b`));
  });
  await view.page.click('#history details summary');
  const cells = (column) => view.texts(`#history table tbody td:nth-child(${column})`);
  assert.deepEqual(await cells(2), releases.map(({ score }) => String(score)));
  assert.deepEqual(await cells(4), releases.map(({ version }) => version));
  const counts = (await cells(3)).map((text) => (text === '–' ? 0 : text.split(', ').length));
  assert.deepEqual(counts, releases.map(({ signals }) => signals.length), 'signals');
  await view.look('with its history as a table');
  await view.all('#history .timeline li a').first().focus();
  await view.page.keyboard.press('Enter');
  await view.settle();
  const [, date] = /date=([\d-]+)/.exec(await view.hash());
  assert.equal(date, releases.at(-1).date);
  const then = await api.json(`/v1/lookup/${ip}?date=${date}`);
  assert.equal(await view.text('#dial .score-number'), String(then.data.threat.threat_score));
  await view.look('on another day');
  await view.page.goBack();
  await view.settle();
}
