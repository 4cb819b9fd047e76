import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../support/tempDir.ts';

const ENTRY = resolve(import.meta.dirname, '../../src/main/headless.ts');

type Ready = { readonly ready: true; readonly url: string; readonly api: string; readonly token: string; readonly webhooks: string };

/** The very entry of the browser way, under plain Node. Its page is the unbuilt one: no script of it is run here. */
function start(...flags: string[]) {
  const child: ChildProcess = spawn(process.execPath, [ENTRY, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part) => {
    stdout += part;
  });
  child.stderr?.on('data', (part) => {
    stderr += part;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  const ready = new Promise<Ready>((resolveReady, reject) => {
    child.stdout?.on('data', () => {
      if (stdout.includes('\n')) resolveReady(JSON.parse(stdout.slice(0, stdout.indexOf('\n'))));
    });
    void ended.then(({ code, stderr: words }) => reject(new Error(`ended with ${code}: ${words}`)));
  });
  // a test that expects an early end looks at that instead
  ready.catch(() => undefined);
  return { child, ready, ended };
}

async function folder() {
  return join(await tempDir(), 'data');
}

const anyPorts = ['--port', '0', '--webhook-port', '0'];

describe('the browser way under plain Node', () => {
  it('ends when it is asked to, and says so, also where its data folder has vanished', async () => {
    const data = await folder();
    const { child, ready, ended } = start('--browser', '--demo', '--data', data, ...anyPorts);
    await ready;
    await rm(data, { recursive: true, force: true });
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect([0, 71]).toContain(code);
    expect(stderr).not.toContain('process.broke');
  });

  it('prints exactly one ready line, serves what it says, and stops cleanly', async () => {
    const data = await folder();
    const tokenFile = join(await tempDir(), 'token');
    const { child, ready, ended } = start('--browser', '--data', data, '--token-file', tokenFile, ...anyPorts);
    const line = await ready;
    expect(Object.keys(line).toSorted()).toEqual(['api', 'ready', 'token', 'url', 'webhooks']);
    expect(line.url).toBe(`${line.api}/#token=${line.token}`);
    expect(line.token).toMatch(/^[\w-]{43}$/);
    expect((await readFile(tokenFile, 'utf8')).trim()).toBe(line.token);
    if (process.platform !== 'win32') {
      expect((await stat(tokenFile)).mode & 0o077).toBe(0);
      expect((await stat(data)).mode & 0o077).toBe(0);
      expect((await stat(join(data, 'tickline.sqlite'))).mode & 0o077).toBe(0);
    }
    const status = await fetch(`${line.api}/rpc/app.status`, { method: 'POST', headers: { authorization: `Bearer ${line.token}` } });
    expect(await status.json()).toMatchObject({
      ok: true,
      value: { mode: 'browser', dataFolder: data, listener: line.webhooks, vault: { backend: 'key-file' } },
    });
    expect((await fetch(`${line.webhooks}/w/nothing`, { method: 'POST', body: '{}' })).status).toBe(404);

    child.kill('SIGTERM');
    const end = await ended;
    expect(end.code).toBe(0);
    expect(end.stdout.trim().split('\n')).toHaveLength(1);
    expect(end.stderr).not.toContain(line.token);
  });

  it('takes the two signals of one Ctrl-C for one wish', async () => {
    const { child, ready, ended } = start('--data', await folder(), ...anyPorts);
    await ready;
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  it('refuses a flag that it does not know, and shows those that it does', async () => {
    const end = await start('--prot', '1').ended;
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain('--prot');
    expect(end.stderr).toContain('--webhook-port');
  });

  it('refuses a second writer on the same data, in plain words', async () => {
    const data = await folder();
    await start('--data', data, ...anyPorts).ready;
    const end = await start('--data', data, ...anyPorts).ended;
    expect(end).toMatchObject({ code: 70, stdout: '' });
    expect(end.stderr).toMatch(/already|another|in use/i);
    expect(end.stderr).not.toMatch(/\n\s+at /);
  });

  it('says which flag helps when a port is taken', async () => {
    const first = await start('--data', await folder(), ...anyPorts).ready;
    const page = await start('--data', await folder(), '--port', new URL(first.api).port, '--webhook-port', '0').ended;
    expect(page).toMatchObject({ code: 70, stdout: '' });
    expect(page.stderr).toContain('--port');
    const listener = await start('--data', await folder(), '--port', '0', '--webhook-port', new URL(first.webhooks).port).ended;
    expect(listener).toMatchObject({ code: 70, stdout: '' });
    expect(listener.stderr).toContain('--webhook-port');
    expect(listener.stderr).not.toMatch(/\n\s+at /);
  });

  it('keeps secrets behind a passphrase, and does not start with a wrong one', async () => {
    const data = await folder();
    const right = join(await tempDir(), 'passphrase');
    const wrong = join(await tempDir(), 'passphrase');
    await writeFile(right, 'correct horse battery staple\n');
    await writeFile(wrong, 'incorrect\n');
    const { child, ready, ended } = start('--data', data, '--passphrase-file', right, ...anyPorts);
    const { api, token } = await ready;
    const created = await fetch(`${api}/rpc/accounts.create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ provider: 'wasenderapi', name: 'Shop', secrets: { apiKey: 'a'.repeat(64) }, tunnel: { kind: 'none' } }),
    });
    expect(await created.json()).toMatchObject({ ok: true });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    const refused = await start('--data', data, '--passphrase-file', wrong, ...anyPorts).ended;
    expect(refused).toMatchObject({ code: 70, stdout: '' });
    expect(refused.stderr).toContain('passphrase');
    expect(refused.stderr).not.toContain('incorrect');
  });
});
