/**
 * Runs its arguments with a Node that better-sqlite3 and vitest accept: the one at hand when it is
 * 22.14 or newer, else the one pinned in tools/node, fetched once from the npm registry.
 *
 *   node scripts/with-node.mjs some-script.js --its-flags
 *
 * Runs on Node 20.11 and newer. Only this file knows how a good Node is found.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST = [22, 14];

/**
 * The path of a Node binary that is new enough, fetching the pinned one when needed.
 * Throws with one plain sentence when there is none for this kind of machine.
 */
export function goodNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const pinned = pinnedNode();
  if (existsSync(pinned)) return pinned;
  process.stderr.write(`Node ${process.versions.node} is older than ${OLDEST.join('.')}: fetching the Node that Tickline runs on, once.\n`);
  const npm = npmCommand(['ci', '--prefix', join(root, 'tools', 'node'), '--no-audit', '--no-fund', '--loglevel=error']);
  const done = spawnSync(npm.command, npm.args, { cwd: root, stdio: ['ignore', 2, 2], shell: npm.shell });
  if (done.status === 0 && existsSync(pinned)) return pinned;
  throw new Error(
    `Tickline needs Node ${OLDEST.join('.')} or newer, and could not fetch one for ${process.platform} ${process.arch}. Please install it and try again.`,
  );
}

/** `env` with the folder of `node` first on the PATH, so that tools which start a plain "node" get the same one. */
export function withNodeFirst(node, env = process.env) {
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [key]: `${dirname(node)}${delimiter}${env[key] ?? ''}` };
}

/**
 * Starts a program that shares our terminal, passes on the signals that ask us to stop, and resolves
 * to how it ended: `{ code, signal }`; `code` is 127 when it could not be started at all.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    const orphaned = watchParent(() => child.kill('SIGTERM'));
    const finish = (ended) => {
      clearInterval(orphaned);
      for (const signal of signals) process.off(signal, pass);
      resolve(ended);
    };
    child.once('error', (error) => finish({ code: 127, signal: null, error }));
    child.once('close', (code, signal) => finish({ code, signal }));
  });
}

/**
 * npm starts us through a shell, and a shell does not pass on the signal that ends it. So under npm we
 * look now and then whether our parent is still the one that started us.
 */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 500);
  return timer.unref();
}

/** The exit code that a shell would show for `{ code, signal }`. */
export function exitCode({ code, signal }) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function pinnedNode() {
  const folder = join(
    root,
    'tools',
    'node',
    'node_modules',
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    'bin',
  );
  return join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
}

/** npm itself, preferably the very one that runs us. */
function npmCommand(args) {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) return { command: process.execPath, args: [npm, ...args], shell: false };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args, shell: process.platform === 'win32' };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const node = goodNode();
    process.exitCode = exitCode(await run(node, process.argv.slice(2), { env: withNodeFirst(node) }));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
