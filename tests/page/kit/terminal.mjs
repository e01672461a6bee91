// Commands that the page prints, run as somebody would who pasted them: in folders that go with this process.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { IPMINT_BIN: program, IPMINT_PUB: publicKey } = process.env;
const folders = [];

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of its own, with the store's public key where it has one. */
export function newFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipmint-page-'));
  folders.push(folder);
  if (publicKey) copyFileSync(publicKey, path.join(folder, 'ipmint.pub'));
  return folder;
}

/** Runs a command of a POSIX shell, and gives what it wrote; `ipmint` is the program under test. */
export function run(command, folder = newFolder()) {
  const search = program ? `${path.dirname(program)}:${process.env.PATH}` : process.env.PATH;
  return execFileSync('sh', ['-ec', command], {
    cwd: folder, env: { ...process.env, PATH: search }, stdio: 'pipe', encoding: 'utf8', maxBuffer: 2 ** 28,
  });
}
