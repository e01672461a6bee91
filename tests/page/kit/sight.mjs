// A page as a reader sees it: opened, waited for until it is whole, read, and looked over.

import { readFileSync } from 'node:fs';

import { require } from './packages.mjs';
import { watch } from './watch.mjs';

/** Nothing is asked for in so many milliseconds: the view is whole. */
const QUIET = 150;
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** How a page is looked at. */
export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
export const SETTINGS = ['desktop', 'phone'].flatMap((size) => ['light', 'dark'].map((theme) => ({ size, theme })));

/** Opens a window. `expected` has the statuses of refusals that the flow is after; 0 is a server that is gone. */
export async function sight(browser, origin, options = {}) {
  const { size = 'desktop', theme = 'light', language = 'en', expected = [] } = options;
  const isPhone = size === 'phone';
  const context = await browser.newContext({
    viewport: SIZES[size], hasTouch: isPhone, colorScheme: theme, locale: { en: 'en-GB', zh: 'zh-CN' }[language],
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const { faults, flying, shift } = await watch(page, origin, expected);
  const name = `${size} ${theme} ${language}`;

  /** Waits until nothing is busy and nothing is asked for any more. */
  async function settle({ timeout = 15_000 } = {}) {
    const frames = () => page.evaluate(() => new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    }));
    const isWhole = () => page.waitForFunction(() => document.querySelector('#main')?.hasChildNodes()
      && !document.querySelector('#main[aria-busy], #main [aria-busy="true"]'), null, { timeout });
    await frames();
    const end = Date.now() + timeout;
    for (let since = Date.now(); Date.now() - since < QUIET;) {
      await isWhole();
      if (flying.size > 0) since = Date.now();
      if (Date.now() > end) throw new Error(`${page.url()}: still asks for ${[...flying].map((one) => one.url())}`);
      await page.waitForTimeout(20);
    }
    await frames();
  }

  /** Loads the page anew at a hash, and waits for all of it; gives how much moved meanwhile. */
  async function open(hash, options) {
    await page.goto('about:blank');
    await page.goto(`${origin}/${hash}`);
    await settle(options);
    return shift(`${name} ${hash}`);
  }

  /** What is wrong with what is seen: too wide, or axe finds something. */
  async function look(where = '') {
    const here = `${name} ${new URL(page.url()).hash} ${where}`.trim();
    await shift(here);
    const wide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    if (wide > 0) faults.push(`${here}: wider than the window by ${wide} px`);
    if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(AXE);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, help, nodes } of found.violations) {
      const some = nodes.slice(0, 3).map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`.trim());
      faults.push(`${here}: axe: ${id} (${help}), ${nodes.length} times: ${some.join(' | ')}`);
    }
  }

  const all = (selector) => page.locator(selector);
  return {
    page, name, faults, settle, open, look, all,
    text: (selector) => all(selector).first().evaluate((element) => element.innerText ?? element.textContent),
    texts: (selector) => all(selector).allInnerTexts(),
    attribute: (selector, attribute) => all(selector).first().getAttribute(attribute),
    attributes: (selector, attribute) => all(selector).evaluateAll(
      (found, named) => found.map((element) => element.getAttribute(named)), attribute),
    hash: () => page.evaluate(() => location.hash),
    close: () => context.close(),
  };
}
