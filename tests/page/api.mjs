// The interface's document, rendered: every operation opens, and what is sent is what the command says.
//
// usage: api.mjs ORIGIN

import assert from 'node:assert/strict';

import { flow } from './kit/flow.mjs';
import { run } from './kit/terminal.mjs';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** Not the document's example: what is as it was is not in the permalink. */
const ADDRESS = '8.8.4.4';

await flow(async ({ api, open, step, everywhere }) => {
  const { paths } = await api.json('/openapi.json');
  const operations = Object.entries(paths).flatMap(([path, item]) => METHODS.filter((method) => item[method])
    .map((method) => ({ path, method, parameters: [], ...item[method] })));
  // Some questions are refused on purpose, or are asked of what this server does not do.
  const view = await open({ expected: [400, 404] });
  const { page } = view;
  const json = async () => JSON.parse(await view.text('#api-answer pre.json'));

  /** Shows an operation with values in its form. */
  async function show(id, values = {}) {
    await view.open(`#/api/${id}`);
    for (const [name, value] of Object.entries(values)) {
      const field = page.locator(`#param-${name}`);
      if (await field.evaluate((element) => element.localName) === 'select') await field.selectOption(value);
      else await field.fill(value);
    }
  }

  /** Sends the form; gives what was sent, which must be what the command says. */
  async function send(button = '#api-send') {
    const says = spoken(await view.text('#api-curl'));
    const [request] = await Promise.all([
      page.waitForRequest((one) => new URL(one.url()).pathname !== '/index.json'), page.click(button),
    ]);
    await view.settle();
    assert.equal(request.url(), says.url);
    assert.equal(request.method(), says.method);
    assert.equal(request.postData() ?? '', says.body);
    const sent = await request.allHeaders();
    for (const [name, value] of says.headers) assert.equal(sent[name], value, name);
    return request;
  }
  const status = async () => Number(await view.attribute('#api-answer .status', 'data-status'));

  await step('every operation opens', async () => {
    await view.open('#/api');
    assert.equal(await view.all('nav#api-index a').count(), operations.length);
    for (const { operationId: id, method, path, summary, parameters } of operations) {
      await page.click(`nav#api-index a[href="#/api/${id}"]`);
      await view.settle();
      assert.equal(await view.attribute('#api-operation', 'data-operation'), id);
      assert.equal(await view.hash(), `#/api/${id}`);
      const endpoint = (await view.text('#api-operation .endpoint')).replace(/\s/g, '');
      assert.equal(endpoint, `${method.toUpperCase()}${path}`);
      assert.equal(await view.text('#api-summary'), summary.replaceAll('`', ''));
      for (const { name } of parameters) assert.equal(await view.all(`#param-${name}`).count(), 1, `${id}: ${name}`);
      await view.all('#api-operation details').evaluateAll((all) => all.forEach((one) => { one.open = true; }));
      await view.look();
    }
  });

  await step('the filter finds operations', async () => {
    await view.open('#/api');
    await page.fill('#api-filter', 'diff');
    const shown = view.all('nav#api-index a:visible');
    const n = await shown.count();
    assert.ok(n > 0 && n < operations.length, `${n} of ${operations.length}`);
    await page.fill('#api-filter', 'no operation has this');
    assert.equal(await shown.count(), 0);
    await view.look('without any');
  });

  await step('an address is looked up, and has not changed since', async () => {
    await show('lookup_ip', { ip: ADDRESS });
    await send();
    assert.equal(await status(), 200);
    const answer = await json();
    assert.deepEqual(answer, await api.json(`/v1/lookup/${ADDRESS}`));
    assert.deepEqual(answer, JSON.parse(run(await view.text('#api-curl'))), 'curl has the same');
    await view.look('with an answer');
    const etag = (await api.answer(`/v1/lookup/${ADDRESS}`)).headers.get('etag');
    assert.ok((await view.text('#api-answer')).includes(etag), etag);
    await page.click('#api-again');
    await view.settle();
    assert.equal(await status(), 304);
    assert.match(await view.hash(), new RegExp(`ip=${ADDRESS.replaceAll('.', '\\.')}`));
    await page.reload();
    await view.settle();
    assert.equal(await page.inputValue('#param-ip'), ADDRESS);
  });

  await step('what cannot be understood is answered in words', async () => {
    await show('lookup_ip', { ip: '300.1.1.1' });
    await send();
    assert.equal(await status(), 400);
    const { message } = await api.refusal('/v1/lookup/300.1.1.1');
    assert.ok((await view.text('#api-answer')).includes(message));
    assert.equal((await json()).message, message);
    await view.look('refused');
  });

  await step('pictures are shown', async () => {
    for (const [id, values] of [['badge_ip_svg', { ip: ADDRESS }], ['cidr_map_png', { q: '185.220.101.0/24' }]]) {
      await show(id, values);
      await send();
      assert.equal(await status(), 200);
      await page.waitForFunction(() => document.querySelector('#api-answer img')?.naturalWidth > 0);
      await view.look('with a picture');
    }
  });

  await step('files are not loaded, but can be', async () => {
    await show('database_download_edition', { edition: 'asn' });
    await send();
    assert.equal(await status(), 200);
    const href = await view.attribute('#api-download', 'href');
    assert.equal((await api.answer(href, { method: 'HEAD' })).status, 200);
  });

  await step('a batch is posted, as one document and as lines', async () => {
    const addresses = [ADDRESS, '185.220.101.45', '2606:4700:4700::1111', 'nonsense'];
    await show('lookup_batch');
    const body = JSON.parse(await page.inputValue('#api-body'));
    const [list] = Object.entries(body).find(([, value]) => Array.isArray(value));
    await page.fill('#api-body', JSON.stringify({ [list]: addresses }));
    const types = [];
    for (const type of ['application/json', 'application/x-ndjson']) {
      await page.selectOption('#api-accept', type);
      const request = await send();
      assert.equal(request.method(), 'POST');
      assert.equal(await status(), 200);
      const text = await view.text('#api-answer pre.json');
      if (type === 'application/x-ndjson') {
        const lines = text.trim().split('\n').map((line) => JSON.parse(line));
        assert.equal(lines.length, addresses.length);
      } else {
        const results = Object.values(JSON.parse(text)).find(Array.isArray);
        assert.equal(results.length, addresses.length);
      }
      assert.equal((await view.hash()).includes('Accept='), type !== 'application/json', 'the link has the type');
      types.push(type);
      await view.look(`answered with ${type}`);
    }
    await page.fill('#api-body', '{ no JSON');
    await send();
    assert.equal(await status(), 400);
  });

  await step('an operation that is not there is told in words', async () => {
    await view.open('#/api/nothing_like_it');
    assert.match(await view.text('#main [role="alert"]'), /nothing_like_it/);
  });

  await everywhere(['#/api', '#/api/lookup_batch', '#/api/cidr'], { languages: ['en', 'zh'] });
});

/** A command's words, as a shell has them: what it would send. */
function spoken(command) {
  const words = run(`curl() { printf '%s\\0' "$@"; }\n${command}`).split('\0').slice(0, -1);
  const asked = { method: null, headers: [], body: '' };
  for (let n = 0; n < words.length; n += 1) {
    if (words[n] === '-X') asked.method = words[n += 1];
    else if (words[n] === '-H') {
      const [, name, value] = /^([^:]+): (.*)$/.exec(words[n += 1]);
      asked.headers.push([name.toLowerCase(), value]);
    } else if (words[n] === '--data-raw') asked.body = words[n += 1];
    else if (!words[n].startsWith('-')) asked.url = words[n];
  }
  asked.method ??= asked.body ? 'POST' : 'GET';
  return asked;
}
