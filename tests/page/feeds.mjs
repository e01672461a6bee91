// Feeds: every row against the interface; order, filter, and what became of those that were rejected.
//
// usage: feeds.mjs ORIGIN

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';
import { isCount } from './kit/numbers.mjs';

/** What a column is sorted by, as the interface has it; null comes last. */
const COLUMNS = {
  state: ({ state }) => ['rejected', 'missing', 'stale', 'unchanged', 'fresh', 'disabled'].indexOf(state),
  id: ({ id }) => id,
  age: ({ age_days: days }) => days ?? null,
  rows: ({ rows }) => rows,
  faults: ({ faults, rows }) => (faults === 0 ? 0 : faults / Math.max(rows, faults)),
  claims: ({ claims }) => claims,
  licence: ({ licence }) => licence.id || null,
  reliability: ({ reliability }) => reliability,
};

await flow(async ({ api, open, step, everywhere }) => {
  const { feeds, releases, version } = await api.json('/v1/feeds');
  const named = (id) => feeds.find((feed) => feed.id === id);
  const view = await open();
  const { page } = view;
  const ids = () => view.attributes('table.feeds tr[data-feed]', 'data-feed');

  await step('every feed has a row that says what the interface says', async () => {
    await view.open('#/feeds');
    assert.ok((await view.text('#main')).includes(version));
    assert.deepEqual((await ids()).sort(), feeds.map(({ id }) => id).sort());
    const rows = await page.locator('table.feeds tr[data-feed]').evaluateAll((all) => all.map((row) => ({
      id: row.dataset.feed,
      state: row.dataset.state,
      text: row.innerText,
      numbers: ['rows', 'claims'].map((name) => row.querySelector(`.${name} [title]`).title),
      points: row.querySelector('.spark .line')?.getAttribute('d').split(/[ML]/).length - 1 || 1,
      crosses: row.querySelectorAll('.spark .cross').length,
      passes: row.querySelector('.pass').dataset.redistribute,
    })));
    for (const { id, state, text, numbers, points, crosses, passes } of rows) {
      const feed = named(id);
      assert.equal(state, feed.state, id);
      isCount(numbers[0], feed.rows, `${id} rows`);
      isCount(numbers[1], feed.claims, `${id} claims`);
      assert.equal(points, feed.history.length, `${id}: a point for each release that had it`);
      assert.equal(crosses, feed.history.filter((one) => one.state === 'rejected').length, `${id}: crosses`);
      assert.equal(passes, String(feed.licence.redistribute), id);
      if (feed.reason) assert.ok(text.includes(feed.reason), `${id}: why`);
      if (feed.group !== id) assert.ok(text.includes(feed.group), `${id}: its group`);
    }
    await view.look();
  });

  await step('sums are sums', async () => {
    const sums = await view.texts('.tiles dd b');
    ['rows', 'claims', 'faults'].forEach((name, n) => {
      isCount(sums[n], feeds.reduce((sum, feed) => sum + feed[name], 0), name);
    });
    for (const state of await view.attributes('.tile', 'data-state')) {
      const n = feeds.filter((feed) => state === '' || feed.state === state).length;
      assert.equal(await view.text(`.tile[data-state="${state}"] .many`), String(n), state);
    }
  });

  for (const [column, value] of Object.entries(COLUMNS)) {
    await step(`sorted by ${column}, both ways`, async () => {
      const head = `th[data-column="${column}"]`;
      const orders = [];
      for (let turn = 0; turn < 2; turn += 1) {
        await page.click(`${head} button`);
        orders.push(await view.attribute(head, 'aria-sort'));
        assert.equal(await view.all('th[aria-sort]').count(), 1);
        const values = (await ids()).map((id) => value(named(id)));
        const some = values.filter((one) => one !== null);
        assert.ok(values.slice(some.length).every((one) => one === null), 'what has no value comes last');
        const way = orders[turn] === 'ascending' ? 1 : -1;
        some.slice(1).forEach((one, n) => {
          assert.ok(one === some[n] || (one > some[n] ? 1 : -1) === way, `${some[n]} before ${one}, ${orders[turn]}`);
        });
        assert.equal(await page.evaluate(() => document.activeElement.closest('th')?.dataset.column), column);
      }
      assert.deepEqual([...orders].sort(), ['ascending', 'descending']);
    });
  }

  await step('a filter is kept in the permalink', async () => {
    await view.open('#/feeds');
    const part = feeds[0].id.slice(0, 4);
    await page.locator('#feed-filter').pressSequentially(part);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'feed-filter', 'the focus stays');
    const shown = await ids();
    assert.ok(shown.includes(feeds[0].id) && shown.length < feeds.length, `${shown}`);
    assert.match(await view.text('#feed-count'), new RegExp(`^${shown.length}\\b.*\\b${feeds.length}\\b`));
    const { state } = feeds[0];
    await page.click(`.tile[data-state="${state}"]`);
    await page.click('th[data-column="rows"] button');
    const before = await ids();
    assert.ok(before.every((id) => named(id).state === state));
    await page.reload();
    await view.settle();
    assert.equal(await page.inputValue('#feed-filter'), part);
    assert.equal(await view.attribute(`.tile[data-state="${state}"]`, 'aria-pressed'), 'true');
    assert.deepEqual(await ids(), before);
    await page.fill('#feed-filter', 'no feed is called this');
    assert.equal((await ids()).length, 0);
    assert.ok(await page.isVisible('.nothing'));
    await view.look('without rows');
    await page.click('.filter button');
    assert.equal((await ids()).length, feeds.length);
  });

  await step('a rejected feed says why, now and later', async () => {
    const rejected = feeds.filter(({ history }) => history.some(({ state }) => state === 'rejected'));
    for (const { id, state, reason, history } of rejected) {
      const row = `tr[data-feed="${id}"]`;
      const last = history.find((one) => one.state === 'rejected');
      const said = await view.text(`${row} .why`);
      assert.ok(said.includes(reason ?? last.reason), `${id}: “${said}”`);
      if (state !== 'rejected' && !reason) assert.ok(said.includes(last.version), `${id}: “${said}”`);
      await page.focus(`${row} button.open`);
      await page.keyboard.press('Enter');
      assert.equal(await view.attribute(`${row} button.open`, 'aria-expanded'), 'true');
      const lines = await view.texts(`${row} + tr.more tbody tr`);
      assert.equal(lines.length, history.length);
      history.forEach((one, n) => {
        for (const text of [one.version, one.reason]) if (text) assert.ok(lines[n].includes(text), `${id}: ${text}`);
      });
    }
    if (rejected.length > 0) await view.look('with details');
    console.log(`           ${rejected.length} were rejected in ${releases.length} releases`);
  });

  await everywhere(['#/feeds'], { languages: ['en', 'zh'] });
});
