/**
 * `npm start`: builds when needed, then opens the desktop app, or (flag --browser, no display, no
 * Electron runtime) starts the same engine under plain Node and serves the same page to a browser.
 * All flags are passed on. Everything said here goes to standard error.
 *
 * As root on Linux, Chromium refuses to start its process sandbox, so the desktop app is started with
 * --no-sandbox there, and says so. The page is our own and loads nothing from outside; still, the
 * better choice is an ordinary user.
 */
import { join, resolve } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { fetchElectron, hasDisplay } from './runtime.mjs';
import { exitCode, goodNode, root, run, withNodeFirst } from './with-node.mjs';

/** Our own exit codes (bad flags, could not start): reasons that the browser way would meet again. */
const OUR_EXITS = [0, 2, 70];
/** An Electron that cannot run here (missing libraries, no X server) ends within this time, in ms. */
const FIRST_MOMENTS = 10_000;

const say = (sentence) => process.stderr.write(`${sentence}\n`);

async function start(given) {
  const flags = given[0] === '--' ? given.slice(1) : [...given];
  const node = goodNode();
  const env = withNodeFirst(node);
  if (!ensureBuilt(node)) return 1;
  const inBrowser = () => run(node, [join(root, 'out', 'main', 'headless.js'), ...flags.filter((flag) => flag !== '--browser')], { env });

  // a file is checked without opening anything; its name counts from where the command was typed, and npm goes elsewhere
  const file = flags.indexOf('--verify') + 1;
  if (file > 0) {
    if (flags[file] !== undefined) flags[file] = resolve(process.env.INIT_CWD ?? process.cwd(), flags[file]);
    return exitCode(await inBrowser());
  }
  if (flags.includes('--browser')) return exitCode(await inBrowser());
  if (!hasDisplay()) {
    say('There is no display here, so Tickline starts in the browser way; open the address below.');
    return exitCode(await inBrowser());
  }
  const electron = await fetchElectron(node);
  if (electron === undefined) {
    say('There is no Electron runtime here and none could be fetched, so Tickline starts in the browser way; open the address below.');
    return exitCode(await inBrowser());
  }
  const startedAt = Date.now();
  const ended = await run(electron, [...rootFlags(), root, ...flags], { env });
  const failedToRun =
    ended.error !== undefined || (!OUR_EXITS.includes(ended.code) && Date.now() - startedAt < FIRST_MOMENTS && !isStop(ended.signal));
  if (!failedToRun) return exitCode(ended);
  say('The Electron runtime could not start here (its own words are above), so Tickline starts in the browser way; open the address below.');
  return exitCode(await inBrowser());
}

function rootFlags() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return [];
  say('Running as root, where Chromium cannot use its process sandbox: starting without it. An ordinary user account is safer.');
  return ['--no-sandbox'];
}

function isStop(signal) {
  return signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP' || signal === 'SIGKILL';
}

try {
  process.exitCode = await start(process.argv.slice(2));
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
