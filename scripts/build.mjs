/**
 * Builds out/ when it is missing or older than the sources. Nothing is said unless the build fails;
 * standard output stays untouched, because the browser way prints its one ready line there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, withNodeFirst } from './with-node.mjs';

const SOURCES = ['src', 'resources', 'electron.vite.config.ts', 'package.json', 'tsconfig.json'];
const RESULTS = [
  'out/main/index.js',
  'out/main/headless.js',
  'out/main/threads/engine.js',
  'out/main/threads/copy.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
];

/** Whether every file of the build is there and newer than everything it was made from. */
export function isFresh() {
  const results = RESULTS.map((path) => join(root, path));
  if (!results.every((path) => existsSync(path))) return false;
  const oldest = Math.min(...results.map((path) => statSync(path).mtimeMs));
  return oldest >= Math.max(...SOURCES.map((path) => newest(join(root, path))));
}

/** Builds when needed. Returns false, after printing the build's own words to stderr, when it failed. */
export function ensureBuilt(node) {
  if (isFresh()) return true;
  const tool = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  if (!existsSync(tool)) {
    process.stderr.write('The packages are not installed yet. Please run "npm install" first.\n');
    return false;
  }
  const done = spawnSync(node, [tool, 'build', '--logLevel', 'warn'], { cwd: root, encoding: 'utf8', env: withNodeFirst(node) });
  if (done.status === 0) return true;
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}\nThe build failed; the lines above say where.\n`);
  return false;
}

function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  // a folder's own time tells of files that were removed
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), found.mtimeMs);
}
