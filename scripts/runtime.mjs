/** Finds what a machine offers for showing the window: an Electron runtime, a display, a Chromium. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './with-node.mjs';

const ELECTRON = join(root, 'node_modules', 'electron');
const BINARY = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron';

/** Whether a window can be shown: always on macOS and Windows; on Linux only under X11 or Wayland. */
export function hasDisplay(env = process.env) {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** The path of an Electron binary that is already here, or `undefined`. Fetches nothing. */
export function presentElectron(env = process.env) {
  const folder = env.ELECTRON_OVERRIDE_DIST_PATH || join(ELECTRON, 'dist');
  const binary = join(folder, BINARY);
  return existsSync(binary) ? binary : undefined;
}

/**
 * The Electron binary, fetched with the electron package's own installer when it is not here yet
 * (its npm package carries none). Without a way to the download site this gives up after seconds.
 */
export async function fetchElectron(node, env = process.env) {
  const present = presentElectron(env);
  if (present !== undefined || env.ELECTRON_OVERRIDE_DIST_PATH || env.ELECTRON_SKIP_BINARY_DOWNLOAD) return present;
  const installer = join(ELECTRON, 'install.js');
  if (!existsSync(installer) || !(await canReachDownloads(env))) return undefined;
  process.stderr.write('Fetching the Electron runtime (about 110 MB), once.\n');
  spawnSync(node, [installer], { cwd: root, stdio: ['ignore', 2, 2], timeout: 300_000 });
  return presentElectron(env);
}

/** A Chromium that Playwright can drive, or `undefined`. */
export function findChromium(env = process.env) {
  const named = env.CHROMIUM_PATH;
  if (named) return existsSync(named) ? named : undefined;
  const usual = {
    linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/snap/bin/chromium'],
    darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
    win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'],
  }[process.platform];
  return usual?.find((path) => existsSync(path)) ?? playwrightsOwn();
}

function playwrightsOwn() {
  try {
    const path = createRequire(join(root, 'package.json'))('playwright-core').chromium.executablePath();
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A mirror or a proxy is the installer's own business; otherwise one short question tells whether trying makes sense. */
async function canReachDownloads(env) {
  const names = Object.keys(env).map((name) => name.toLowerCase());
  if (names.some((name) => name.endsWith('electron_mirror') || name === 'https_proxy' || name === 'global_agent_https_proxy')) return true;
  const { version } = JSON.parse(readFileSync(join(ELECTRON, 'package.json'), 'utf8'));
  const question = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`;
  try {
    const answer = await fetch(question, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) });
    return answer.status < 400;
  } catch {
    return false;
  }
}
