// A flow: a browser, steps one after another, and in the end everything that was wrong, not only the first.

import { stripVTControlCharacters } from 'node:util';

import { asker } from './ask.mjs';
import { require } from './packages.mjs';
import { SETTINGS, sight } from './sight.mjs';

const { chromium } = require('playwright-core');

/** Debian's; sandboxes do not nest, and tests run in one. */
const BROWSER = { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] };

/** So long after its beginning no step is begun, in milliseconds: what was wrong is told before tests are stopped. */
const ENOUGH = 140_000;

/**
 * Runs `body({origin, args, api, browser, open, step, everywhere})` against the server that the command line names.
 * `open(options)` opens a window, `step(name, check)` notes what fails and goes on, `everywhere(hashes)` looks at views
 * at both sizes and in both themes.
 */
export async function flow(body) {
  const [given, ...args] = process.argv.slice(2);
  const origin = new URL(given).origin;
  const start = Date.now();
  const wrong = [];
  const sights = [];
  const browser = await chromium.launch(BROWSER);
  const open = async (options = {}) => {
    const one = await sight(browser, options.origin ?? origin, options);
    sights.push(one);
    return one;
  };
  const step = async (name, check) => {
    const began = Date.now();
    if (began - start > ENOUGH) {
      wrong.push(`${name}: not begun, for the steps before took too long`);
      return;
    }
    try {
      await check();
    } catch (error) {
      wrong.push(`${name}: ${told(error)}`);
    }
    console.log(`${String(Date.now() - began).padStart(6)} ms  ${name}`);
  };
  const everywhere = async (hashes, { expected, languages = ['en'] } = {}) => {
    for (const setting of SETTINGS.flatMap((one) => languages.map((language) => ({ ...one, language })))) {
      await step(`${Object.values(setting).join(' ')}`, async () => {
        const one = await open({ ...setting, expected });
        for (const hash of hashes) {
          await one.open(hash);
          await one.look();
        }
        await one.close();
      });
    }
  };
  try {
    await body({ origin, args, api: asker(origin), browser, open, step, everywhere });
  } catch (error) {
    wrong.push(told(error));
  } finally {
    await browser.close();
  }
  const all = new Set([...wrong, ...sights.flatMap(({ faults }) => faults)]);
  for (const text of all) console.error(`WRONG ${text}`);
  if (all.size > 0) process.exitCode = 1;
}

/** What went wrong, and where in a flow. */
function told(error) {
  const text = stripVTControlCharacters(String(error.message ?? error)).trim();
  const place = /tests\/page\/([\w/]+\.mjs:\d+)/g;
  const places = [...String(error.stack).matchAll(place)].map(([, at]) => at).filter((at) => !at.startsWith('kit/'));
  return `${text} (${places.join(' < ')})`;
}
