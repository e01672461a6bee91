// Asks the Node readers of MMDB files; see readers.rs.
//
// usage: readers.mjs maxmind|mmdb-lib FILE.mmdb
//
// Reads one address a line and prints one JSON object a line:
// {"ip", "network", "record"} or {"ip", "error"}.
// Integers above 2^53 - 1 are decimal strings, bytes are lower-case hex.
// A number of JavaScript does not tell 1.0 from 1, so neither does the output.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isIP } from "node:net";

const require = createRequire(new URL("../../../.tools/node/package.json", import.meta.url));

function plain(value) {
  if (typeof value === "bigint") {
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? value.toString() : Number(value);
  }
  if (Buffer.isBuffer(value)) {
    return value.toString("hex");
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

async function open(mode, path) {
  switch (mode) {
    case "maxmind":
      return require("maxmind").open(path);
    case "mmdb-lib":
      return new (require("mmdb-lib").Reader)(readFileSync(path));
    default:
      throw new Error(`no mode \`${mode}\`; there are maxmind, mmdb-lib`);
  }
}

function answer(reader, ip) {
  if (isIP(ip) === 0) {
    return { ip, error: "not an address" };
  }
  const [record, length] = reader.getWithPrefixLength(ip);
  // Host bits are left for the caller to clear.
  return { ip, network: `${ip}/${length}`, record: plain(record) };
}

const [mode, path] = process.argv.slice(2);
const reader = await open(mode, path);
const lines = readFileSync(0, "utf8").split("\n").filter((line) => line !== "");
process.stdout.write(lines.map((ip) => `${JSON.stringify(answer(reader, ip))}\n`).join(""));
