import { mkdir, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createServe } from '../../src/main/adapters/http/serve.ts';
import { createDispatch } from '../../src/main/dispatch.ts';
import { readPage } from '../../src/main/page.ts';
import { aNotice, createFakeChanges, echoHandlers } from '../support/fakeEngine.ts';
import { createMemoryLog } from '../support/memoryLog.ts';
import { tempDir } from '../support/tempDir.ts';

const TOKEN = 'a-token-that-only-we-know-0123456789abcdef0';

async function serve() {
  const folder = await tempDir();
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'not for the web');
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><title>Tickline</title>');
  await writeFile(join(folder, 'page', 'assets', 'main.js'), 'export {};');
  await writeFile(join(folder, 'page', 'notes.md'), 'not for the web');
  await writeFile(join(folder, 'log.csv'), 'recipient\n+15550100\n');
  const changes = createFakeChanges();
  const log = createMemoryLog();
  const broken = { 'accounts.get': () => Promise.reject(new Error('boom')) };
  const serving = await createServe({
    dispatch: createDispatch({ handlers: echoHandlers(broken), log }),
    changes,
    token: TOKEN,
    page: await readPage(join(folder, 'page')),
    exportFile: (id) =>
      id === 'e1'
        ? { path: join(folder, 'log.csv'), fileName: 'täglich "log".csv' }
        : id === 'gone'
          ? { path: join(folder, 'no.csv'), fileName: 'no.csv' }
          : undefined,
    port: 0,
    log,
  });
  onTestFinished(() => serving.close());
  const rpc = (name: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${serving.url}/rpc/${name}`, { method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
  return { ...serving, changes, log, rpc };
}

/** The status of a request whose headers `fetch` would not let us choose. */
function statusOf(port: number, options: { path?: string; method?: string; headers: Record<string, string> }): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path: '/', method: 'GET', ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject).end();
  });
}

/** How opening the socket ended: open, or the HTTP status it was refused with. */
function openSocket(port: number, protocols: string[], headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/changes`, protocols, { headers });
  onTestFinished(() => socket.terminate());
  const result = new Promise<'open' | number | undefined>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('error', () => resolve(undefined));
  });
  return { socket, result };
}

describe('requests over HTTP', () => {
  it('answers a request by name with its value', async () => {
    const { rpc } = await serve();
    const answer = await rpc('messages.page', '{"limit":3}');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ok: true, value: { name: 'messages.page', input: { limit: 3 } } });
  });

  it('takes an empty body for "no input"', async () => {
    const { rpc } = await serve();
    expect(await (await rpc('app.status', '')).json()).toMatchObject({ ok: true });
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: `Bearer ${TOKEN}x` }],
    ['a token of another kind', { authorization: `Basic ${TOKEN}` }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('refuses %s with a code of its own', async (_case, headers) => {
    const { url } = await serve();
    const answer = await fetch(`${url}/rpc/app.status`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
  });

  it.each([
    ['an unknown request', 'no.such', '{}', 404, 'unknown_request'],
    ['a bad input', 'messages.page', '{"limit":0}', 400, 'bad_input'],
    ['a body that is not JSON', 'messages.page', '{"limit"', 400, 'bad_input'],
    ['what only the desktop can do', 'shell.openLink', '{"url":"https://x"}', 200, 'unsupported'],
    ['a bug of ours', 'accounts.get', '{"account":"a"}', 500, 'our_fault'],
  ])('has a status and a code for %s', async (_case, name, body, status, code) => {
    const { rpc } = await serve();
    const answer = await rpc(name, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ ok: false, error: { code } });
  });

  it('refuses a body over one megabyte, announced or not, and goes on serving', async () => {
    const { rpc, url, log } = await serve();
    const large = `{"text":"${'x'.repeat(1024 * 1024)}"}`;
    expect((await rpc('messages.page', large)).status).toBe(413);
    const drip = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(64 * 1024).fill(120));
        controller.close();
      },
    });
    // the types of fetch do not know that a streamed body needs it
    const streamed: RequestInit & { duplex: 'half' } = { method: 'POST', body: drip, duplex: 'half', headers: { authorization: `Bearer ${TOKEN}` } };
    const unannounced = await fetch(`${url}/rpc/app.status`, streamed);
    expect(unannounced.status).toBe(413);
    expect((await rpc('app.status', '{}')).status).toBe(200);
    expect(log.lines).toEqual([]);
  });

  it('does not mind a caller that hangs up in the middle', async () => {
    const { port, rpc, log } = await serve();
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(
          `POST /rpc/app.status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n{"half`,
          () => socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    expect((await rpc('app.status', '{}')).status).toBe(200);
    expect(log.lines).toEqual([]);
  });

  it('refuses another name that points here, and another page that asks', async () => {
    const { port, rpc } = await serve();
    expect(await statusOf(port, { headers: { host: 'evil.example' } })).toBe(403);
    expect(await statusOf(port, { headers: { host: `evil.example:${port}` } })).toBe(403);
    expect(await statusOf(port, { headers: { host: '127.0.0.1:1' } })).toBe(403);
    expect(await statusOf(port, { headers: { host: `localhost:${port}` } })).toBe(200);
    expect((await rpc('app.status', '{}', { origin: 'https://evil.example' })).status).toBe(401);
    expect((await rpc('app.status', '{}', { origin: 'null' })).status).toBe(401);
    expect((await rpc('app.status', '{}', { origin: `http://localhost:${port}` })).status).toBe(200);
  });
});

describe('the page', () => {
  it('comes under a policy that allows nothing but our own files and address', async () => {
    const { url, port } = await serve();
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${port} ws://localhost:${port};`);
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '//etc/passwd',
    '/assets/../../secret.txt',
    '/assets',
    '/notes.md',
    '/\0',
    '/__proto__',
    '/index.html/..',
    '/assets\\main.js',
  ])('gives nothing for %j', async (path) => {
    const { port } = await serve();
    const status = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`));
      let text = '';
      socket.on('data', (part) => {
        text += part;
      });
      socket.on('close', () => resolve(text));
    });
    expect(status).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(status).not.toContain('not for the web');
  });
});

describe('changes', () => {
  it('reach every page that shows the token, and end with it', async () => {
    const { port, changes } = await serve();
    const { socket, result } = openSocket(port, ['tickline', `token.${TOKEN}`]);
    expect(await result).toBe('open');
    expect(socket.protocol).toBe('tickline');
    const frame = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    changes.publish(aNotice(7));
    expect(JSON.parse(await frame)).toEqual(aNotice(7));
  });

  it.each([
    ['no token', ['tickline'], {}, 401],
    ['a wrong token', ['tickline', 'token.wrong'], {}, 401],
    ['a foreign page', ['tickline', `token.${TOKEN}`], { origin: 'https://evil.example' }, 403],
    ['a foreign name', ['tickline', `token.${TOKEN}`], { host: 'evil.example' }, 403],
  ])('are refused to %s', async (_case, protocols, headers, status) => {
    const { port } = await serve();
    expect(await openSocket(port, protocols, headers).result).toBe(status);
  });

  it('cut off a page that does not read, so that it asks afresh and our memory stays small', async () => {
    const { port, changes } = await serve();
    const { socket, result } = openSocket(port, ['tickline', `token.${TOKEN}`]);
    expect(await result).toBe('open');
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const words = 'x'.repeat(256 * 1024);
    for (let seq = 1; seq <= 64; seq++) {
      changes.publish(aNotice(seq, words));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await closed;
    const again = openSocket(port, ['tickline', `token.${TOKEN}`]);
    expect(await again.result).toBe('open');
  });

  it('stop when the server closes, which may happen twice', async () => {
    const { port, changes, close } = await serve();
    const { socket, result } = openSocket(port, ['tickline', `token.${TOKEN}`]);
    await result;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await Promise.all([close(), close()]);
    await closed;
    expect(changes.listeners).toBe(0);
  });
});

describe('an export', () => {
  it('is downloaded with the token, under its own name', async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/exports/e1`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''t%C3%A4glich%20%22log%22.csv`);
    expect(await answer.text()).toBe('recipient\n+15550100\n');
  });

  it('is not to be had without it, nor when it is unknown or gone', async () => {
    const { url } = await serve();
    expect((await fetch(`${url}/exports/e1`)).status).toBe(401);
    expect((await fetch(`${url}/exports/e2`, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(404);
    expect((await fetch(`${url}/exports/gone`, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(404);
  });
});

it('a port that is taken is refused with its code', async () => {
  const { port } = await serve();
  const page = { file: () => undefined, files: 0 };
  const options = {
    dispatch: async () => ({ ok: true, value: 1 }) as const,
    changes: createFakeChanges(),
    token: TOKEN,
    page,
    exportFile: () => undefined,
    log: createMemoryLog(),
  };
  await expect(createServe({ ...options, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
