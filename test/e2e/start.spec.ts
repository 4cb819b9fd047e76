import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from './support/test.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The start command itself, with the environment that a test wants. */
function start(flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs'), ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = { out: '', err: '' };
  child.stdout.on('data', (part) => {
    told.out += part;
  });
  child.stderr.on('data', (part) => {
    told.err += part;
  });
  const ended = once(child, 'close');
  const line = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    ended.then(() => 'ended before it was ready'),
  ]);
  return { child, told, ended, line };
}

test('the start command prints one ready line on standard output, and ends with what it started', async ({ folder }) => {
  const { child, told, ended, line } = start(['--', '--browser', '--demo', '--data', join(folder, 'data'), '--port', '0', '--webhook-port', '0']);
  const ready = JSON.parse(await line);
  expect(ready).toMatchObject({ ready: true, url: `${ready.api}/#token=${ready.token}` });
  expect((await fetch(ready.url)).status).toBe(200);
  child.kill('SIGTERM');
  await ended;
  expect(child.exitCode).toBe(0);
  expect(told.out.trim().split('\n')).toHaveLength(1);
  await expect(fetch(ready.url)).rejects.toThrow();
});

test('without a display the start command says so in one sentence and goes the browser way', async ({ folder }) => {
  test.skip(process.platform !== 'linux', 'only Linux can be without a display');
  const flags = ['--data', join(folder, 'data'), '--port', '0', '--webhook-port', '0'];
  const { child, told, ended, line } = start(flags, { DISPLAY: '', WAYLAND_DISPLAY: '' });
  expect(JSON.parse(await line)).toMatchObject({ ready: true });
  expect(told.err.split('\n')[0]).toMatch(/no display.*browser/i);
  child.kill('SIGTERM');
  await ended;
});

test('a flag that nobody knows ends the start command with its help', async () => {
  const { child, told, ended } = start(['--browser', '--prot', '1']);
  await ended;
  expect(child.exitCode).toBe(2);
  expect(told.out).toBe('');
  expect(told.err).toContain('--webhook-port');
});
