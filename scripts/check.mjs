/**
 * `npm run check`: types, lint and format, the import rules, the size of the page. Runs all of them
 * even when one fails, and ends with one line per part.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ensureBuilt } from './build.mjs';
import { goodNode, root, run, withNodeFirst } from './with-node.mjs';

/** The whole script and style of the window, compressed as a server would: in KiB. */
const LARGEST_PAGE = 350;

const node = goodNode();
const env = withNodeFirst(node);
const tool = (...path) => join(root, 'node_modules', ...path);
const passes = async (...args) => (await run(node, args, { env })).code === 0;

const parts = [
  ['types', () => passes(tool('typescript', 'bin', 'tsc'), '-p', root)],
  [
    'lint and format',
    () => passes(tool('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off']), root),
  ],
  ['import rules', () => passes(tool('vitest', 'vitest.mjs'), 'run', '--reporter=dot', 'test/unit/imports.test.ts')],
  ['size of the page', pageIsSmall],
];

function pageIsSmall() {
  if (!ensureBuilt(node)) return false;
  const folder = join(root, 'out', 'renderer', 'assets');
  const files = readdirSync(folder).filter((name) => /\.(js|css)$/.test(name));
  const size = files.reduce((total, name) => total + gzipSync(readFileSync(join(folder, name))).length, 0) / 1024;
  process.stdout.write(`The page weighs ${size.toFixed(1)} KiB (gzip) of at most ${LARGEST_PAGE}.\n`);
  return size <= LARGEST_PAGE;
}

const results = [];
for (const [name, check] of parts) results.push([name, await check()]);
for (const [name, passed] of results) process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name}\n`);
process.exitCode = results.every(([, passed]) => passed) ? 0 : 1;
