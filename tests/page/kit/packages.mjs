// The npm packages that `cargo xtask setup` pins, wherever they lie.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = process.env.IPMINT_NODE ?? fileURLToPath(new URL('../../../.tools/node', import.meta.url));

/** As `require`, of what lies in `.tools/node`, or in the folder that `IPMINT_NODE` names. */
export const require = createRequire(`${folder}/package.json`);
