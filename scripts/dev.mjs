/**
 * `npm run dev`: starts the app like `npm start`, and again after every change of the sources that builds.
 * All flags are passed on; data goes where they say.
 */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { goodNode, root } from './with-node.mjs';

/** Editors write a file in several steps; ms of quiet that make one change. */
const QUIET = 200;

const node = goodNode();
let app;
let timer;

function start() {
  app = spawn(node, [join(root, 'scripts', 'start.mjs'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
}

function restart() {
  if (!ensureBuilt(node)) return;
  process.stderr.write('Changed: starting again.\n');
  if (app === undefined || app.exitCode !== null) return start();
  app.once('exit', start);
  app.kill('SIGTERM');
}

watch(join(root, 'src'), { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(restart, QUIET);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    app?.removeAllListeners('exit').once('exit', () => process.exit(0));
    if (app?.exitCode !== null || !app.kill(signal)) process.exit(0);
  });
}
start();
