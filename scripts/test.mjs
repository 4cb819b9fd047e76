/**
 * `npm test`: vitest, then a build, then Playwright on what was built: in Chromium, and in Electron
 * where there is a runtime. What could not be run here is said plainly. Last line: `N passed, N failed`.
 * Arguments are handed to vitest, which then runs alone: `npm test -- status`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { findChromium, hasDisplay, presentElectron } from './runtime.mjs';
import { goodNode, root, run, withNodeFirst } from './with-node.mjs';

const say = (sentence) => process.stdout.write(`${sentence}\n`);

async function test(args) {
  const node = goodNode();
  const env = withNodeFirst(node);
  const folder = mkdtempSync(join(tmpdir(), 'tickline-test-'));
  try {
    const sums = [await runVitest(node, env, join(folder, 'vitest.json'), args)];
    if (args.length === 0) sums.push(await runPages(node, env, join(folder, 'playwright.json')));
    const passed = sums.reduce((total, sum) => total + sum.passed, 0);
    const failed = sums.reduce((total, sum) => total + sum.failed, 0);
    for (const line of sums.flatMap((sum) => sum.remarks)) say(line);
    say(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runVitest(node, env, report, args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const ended = await run(node, [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], {
    // that build of the addon is for an older Electron; the Node that runs these tests has its own
    env: { ...env, BETTER_SQLITE3_BINDING: '' },
  });
  const result = readReport(report);
  if (result === undefined) return { passed: 0, failed: 1, remarks: ['vitest ended without a report.'] };
  // a file that could not even be loaded has no failed test in it, but is a failure
  const unloaded = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed'),
  ).length;
  const failed = result.numFailedTests + unloaded;
  return { passed: result.numPassedTests, failed: failed === 0 && ended.code !== 0 ? 1 : failed, remarks: skipped('vitest', result.numPendingTests) };
}

async function runPages(node, env, report) {
  if (!ensureBuilt(node)) return { passed: 0, failed: 1, remarks: ['The build failed, so the pages were not tested.'] };
  const chromium = findChromium(env);
  const electron = presentElectron(env);
  const screen = hasDisplay(env) ? [] : virtualScreen(env);
  const desktop = electron !== undefined && screen !== undefined;
  const remarks = [];
  if (chromium === undefined) remarks.push('Not run here: the page in a browser (no Chromium found; name one with CHROMIUM_PATH).');
  if (electron === undefined)
    remarks.push('Not run here: the desktop app (no Electron runtime; start it once where the download works, or set ELECTRON_OVERRIDE_DIST_PATH).');
  else if (!desktop) remarks.push('Not run here: the desktop app (no display, and xvfb-run is not installed).');
  const projects = [...(chromium ? ['--project=browser'] : []), ...(desktop ? ['--project=desktop'] : [])];
  if (projects.length === 0) return { passed: 0, failed: 0, remarks };

  const playwright = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  const command = [...(desktop ? screen : []), node, playwright, 'test', ...projects];
  const ended = await run(command[0], command.slice(1), {
    env: { ...env, CHROMIUM_PATH: chromium ?? '', TICKLINE_ELECTRON: electron ?? '', PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  const result = readReport(report);
  if (result === undefined) return { passed: 0, failed: ended.code === 0 ? 0 : 1, remarks: [...remarks, 'Playwright ended without a report.'] };
  const failed = result.stats.unexpected + result.errors.length;
  return {
    passed: result.stats.expected + result.stats.flaky,
    failed: failed === 0 && ended.code !== 0 ? 1 : failed,
    remarks: [
      ...remarks,
      ...(result.stats.flaky > 0 ? [`Passed only when tried again: ${result.stats.flaky}.`] : []),
      ...skipped('Playwright', result.stats.skipped),
    ],
  };
}

/** The command that brings a screen of its own, or `undefined` where there is none to be had. */
function virtualScreen(env) {
  const onPath = (env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'xvfb-run')));
  return onPath && spawnSync('xvfb-run', ['--help'], { env }).status === 0 ? ['xvfb-run', '-a'] : undefined;
}

function skipped(who, count) {
  return count > 0 ? [`Skipped by ${who}: ${count}.`] : [];
}

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

try {
  process.exitCode = await test(process.argv.slice(2));
} catch (error) {
  say(error.message);
  say('0 passed, 1 failed');
  process.exitCode = 1;
}
