// Pictures of the page for its documentation.
//
// usage: shots.mjs ORIGIN OUT_DIR [ORIGIN_OF_THE_MAP]

import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

import { flow } from './kit/flow.mjs';

/** No picture is larger, in bytes. */
const MOST = 300_000;
/** All of IPv4: a picture of real feeds, where there are any. */
const MAP = '#/net/0.0.0.0/0?show=is_hosting';
const PICTURES = [
  ['lookup', '#/ip/185.220.101.45', {}],
  ['networks', MAP, { theme: 'dark' }],
  ['releases', '#/releases', {}],
  ['feeds', '#/feeds', {}],
  ['api', '#/api/lookup_ip', {}],
  ['lookup-phone-zh', '#/ip/185.220.101.45', { size: 'phone', theme: 'dark', language: 'zh' }],
];

await flow(async ({ args, open, step }) => {
  const [folder, mapped] = args;
  mkdirSync(folder, { recursive: true });
  for (const [name, hash, setting] of PICTURES) {
    await step(name, async () => {
      const origin = hash === MAP ? mapped : undefined;
      const view = await open({ ...setting, origin, expected: [400, 404] });
      await view.open(hash, { timeout: 120_000 });
      const file = path.join(folder, `${name}.png`);
      await view.page.screenshot({ path: file, animations: 'disabled' });
      const { size } = statSync(file);
      if (size > MOST) throw new Error(`${file} has ${size} bytes, ${MOST} are allowed`);
      await view.close();
    });
  }
});
