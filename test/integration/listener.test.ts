/** The receiver's rules over real sockets, for both bodies of the listener: in the engine's thread and in one of its own. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/main/adapters/http/listen.ts';
import { startListenerThread } from '../../src/main/adapters/http/listenerThread.ts';
import { listenHere } from '../../src/main/adapters/http/listenHere.ts';
import { createProviders } from '../../src/main/adapters/provider/all.ts';
import { createKeeper, type Keeper } from '../../src/main/core/ingest/keep.ts';
import type { DoorSpec, KeptAll, ListenerDeps, ListenerHandle } from '../../src/main/core/ports/listener.ts';
import type { NewEntry, Store } from '../../src/main/core/ports/store.ts';
import { type CoreWorld, openCoreWorld } from '../support/coreWorld.ts';
import { createMemoryLog } from '../support/memoryLog.ts';
import { until, untilAnswered } from '../support/until.ts';

const PATH = `/w/${'p'.repeat(32)}`;
const SECRET = 'whsec_canary_71b2';
const THREAD = fileURLToPath(new URL('../../src/main/threads/listener.ts', import.meta.url));

const bodies: readonly (readonly [string, (port: number, deps: ListenerDeps) => Promise<ListenerHandle>])[] = [
  ['in the engine’s thread', (port, deps) => listenHere({ port, now: Date.now, log: createMemoryLog(), providers: createProviders() }, deps)],
  ['in a thread of its own', (port, deps) => startListenerThread(THREAD, port, deps)],
];

for (const [where, start] of bodies) {
  describe(`the listener ${where}`, () => {
    let world: CoreWorld;
    let keeper: Keeper;
    let listener: ListenerHandle;
    let rejected = 0;
    /** Stands between the listener and the store. */
    let between: (entries: readonly NewEntry[]) => Promise<KeptAll>;
    const disk = { broken: false };
    const keepAll = (entries: readonly NewEntry[]) => keeper.keepAll(entries);

    const deps: ListenerDeps = {
      keep: (entries) => between(entries),
      answerTo: (nonce) => (nonce === 'nonce-of-ours' ? 'it is us' : undefined),
      onRejected: (count) => {
        rejected += count;
      },
      onDeath: (words) => {
        throw new Error(words);
      },
    };
    const door = (more: Partial<DoorSpec> = {}): DoorSpec => ({
      pathSecret: PATH.slice(3),
      account: world.account,
      provider: 'wasenderapi',
      secrets: { webhookSecret: SECRET, apiKey: 'wsk_canary' },
      storeText: false,
      ...more,
    });

    beforeAll(async () => {
      world = openCoreWorld(await tempDirForAll());
      const store: Store = {
        ...world.store,
        transaction: (work) => {
          if (disk.broken) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
          return world.store.transaction(work);
        },
      };
      keeper = createKeeper({ store, log: createMemoryLog(), schedule: setImmediate, onKept: () => {} });
      between = keepAll;
      listener = await start(0, deps);
      listener.setDoors([door()]);
      await untilAnswered(async () => (await post(listener, {})).status === 401, 'the door');
    });
    beforeEach(() => {
      between = keepAll;
      disk.broken = false;
    });
    afterAll(async () => {
      await listener?.close();
      world?.close();
    });

    const entries = () => world.store.inbox.counts().kept;
    const signed = { 'x-webhook-signature': SECRET };
    const good = (body = '{"event":"messages.update"}') => post(listener, { headers: signed, body });

    it('answers 404 to every path but the right one, whatever the method and the signature', async () => {
      const before = entries();
      for (const path of [
        '/',
        '/w/',
        `${PATH}x`,
        PATH.slice(0, -1),
        PATH.toUpperCase(),
        `/w/${'q'.repeat(32)}`,
        `${PATH}/`,
        `/x${PATH}`,
        '/w/../etc/passwd',
        `${PATH}%00`,
        '/n/short',
        '*',
      ])
        for (const method of ['POST', 'GET', 'OPTIONS'])
          expect((await post(listener, { path, method, headers: signed, ...(method === 'POST' ? { body: '{}' } : {}) })).status).toBe(404);
      expect((await post(listener, { method: 'GET', path: PATH })).status).toBe(404);
      expect(entries()).toBe(before);
    });

    it('answers 401 where the signature is missing, empty, wrong in any way or given twice, and keeps nothing', async () => {
      const before = entries();
      const wrong: readonly (string | readonly string[] | undefined)[] = [
        undefined,
        '',
        ' ',
        `${SECRET}x`,
        SECRET.slice(0, -1),
        SECRET.toUpperCase(),
        `Bearer ${SECRET}`,
        `${SECRET},${SECRET}`,
        [SECRET, SECRET],
        [SECRET, 'other'],
        ['other', SECRET],
        'x'.repeat(SECRET.length),
        'x'.repeat(8_000),
      ];
      for (const each of wrong) {
        const { status, text } = await post(listener, {
          headers: each === undefined ? {} : { 'x-webhook-signature': each as string },
          body: '{"event":"messages.update"}',
        });
        expect([each, status]).toEqual([each, 401]);
        expect(text).toBe('');
      }
      expect(entries()).toBe(before);
    });

    it('asks to come again where it has no secret to compare with, and takes nothing in', async () => {
      const before = entries();
      const other = `/w/${'n'.repeat(32)}`;
      listener.setDoors([door(), door({ pathSecret: other.slice(3), secrets: {} })]);
      await untilAnswered(async () => (await post(listener, { path: other })).status !== 404, 'the other door');
      for (const headers of [{}, { 'x-webhook-signature': '' }, { 'x-webhook-signature': 'undefined' }, signed])
        expect((await post(listener, { path: other, headers, body: '{}' })).status).toBe(503);
      expect(entries()).toBe(before);
    });

    it('asks whoever sends in pieces, or much, to come again too, where it has no secret to compare with', async () => {
      const other = `/w/${'m'.repeat(32)}`;
      listener.setDoors([door(), door({ pathSecret: other.slice(3), secrets: {} })]);
      await untilAnswered(async () => (await post(listener, { path: other })).status !== 404, 'the other door');
      const head = `POST ${other} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\n`;
      for (const asked of [`${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, `${head}Content-Length: ${LIMITS.small + 1}\r\n\r\n{`]) {
        const [answer] = await conversation(listener, [asked]);
        expect(answer).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 5\r\n/s);
      }
    });

    it('asks to come again where keeping fails in a way that nobody foresaw', async () => {
      between = () => Promise.reject(new Error('a bug'));
      expect((await good()).status).toBe(503);
      between = keepAll;
      expect((await good()).status).toBe(200);
    });

    it('answers 405 to other methods', async () => {
      for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
        expect((await post(listener, { method, headers: signed })).status).toBe(405);
    });

    it('answers 200 to what proves itself, whatever host it names and however its body comes', async () => {
      const before = entries();
      expect((await good()).status).toBe(200);
      for (const host of ['evil.example', 'localhost', 'tickline-x.localtunnel.me', '169.254.169.254'])
        expect((await post(listener, { headers: { ...signed, host }, body: '{}' })).status).toBe(200);
      const [head] = await conversation(listener, [
        `POST ${PATH}?from=us HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`,
        '2\r\n{"\r\n',
        '3\r\na":\r\n',
        '2\r\n1}\r\n0\r\n\r\n',
      ]);
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      expect(entries()).toBe(before + 6);
      expect(newest()?.body.toString()).toBe('{"a":1}');
    });

    const newest = () => world.store.inbox.get(world.store.inbox.page({}, undefined, 1)[0]?.id ?? 0);

    it('keeps the bytes as they came but for credentials and text, and of the headers nothing secret', async () => {
      await post(listener, {
        headers: { ...signed, authorization: 'Bearer canary', cookie: 'canary', 'user-agent': 'gateway/1', 'content-type': 'application/json' },
        body: Buffer.concat([
          Buffer.from('{"event":"messages.update","sessionId":"wsk_canary","messageBody":"canary words","x":"'),
          Buffer.from([0xff, 0x00, 0xc3]),
          Buffer.from('"}'),
        ]),
      });
      const entry = newest();
      expect(entry?.body.toString('latin1')).toBe(
        '{"event":"messages.update","sessionId":"[masked]","messageBody":"[masked]","x":"\u00ff\u0000\u00c3"}',
      );
      expect(JSON.parse(entry?.headers ?? '')).toEqual({ 'content-type': 'application/json', 'user-agent': 'gateway/1' });
      expect(entry?.event).toBe('messages.update');
      const file = world.store.db.serialize();
      expect(file.includes('canary')).toBe(false);
    });

    it('answers several requests on one connection, each for itself', async () => {
      const before = entries();
      const one = (secret: string) => `POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${secret}\r\nContent-Length: 2\r\n\r\n{}`;
      const socket = await open(listener);
      const heard = listenTo(socket);
      socket.write(one(SECRET) + one('wrong') + one(SECRET));
      await until(() => heard.text().match(/HTTP\/1\.1/g)?.length === 3, 'three answers');
      expect(heard.text().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 200']);
      socket.destroy();
      expect(entries()).toBe(before + 2);
    });

    it('answers 413 at once where the length is too much, before the body comes, and the answer arrives', async () => {
      const before = entries();
      for (const length of [LIMITS.body + 1, 10 * LIMITS.body, '99999999999999999']) {
        const socket = await open(listener);
        const heard = listenTo(socket);
        socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\nContent-Length: ${length}\r\n\r\n`);
        await until(() => heard.text().startsWith('HTTP/1.1 413'), '413');
        await heard.over;
        socket.destroy();
      }
      expect(entries()).toBe(before);
      const exact = await good(`"${'x'.repeat(LIMITS.body - 2)}"`);
      expect(exact.status).toBe(200);
    });

    it('answers 413 to a sender who says no length and does not stop, reads little more than the limit, and the answer arrives', async () => {
      const before = entries();
      for (let round = 0; round < 10; round++) {
        const socket = await open(listener);
        const heard = listenTo(socket);
        socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n`);
        const piece = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
        let written = 0;
        while (!heard.done() && written < 64 * 2 ** 20) {
          written += piece.length;
          if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => {}), heard.over]);
        }
        await heard.over;
        socket.destroy();
        expect(heard.text()).toMatch(/^HTTP\/1\.1 413 /);
        // what the system itself holds between two sockets is a few megabytes at most
        expect(written).toBeLessThan(16 * 2 ** 20);
      }
      expect(entries()).toBe(before);
    });

    it('answers 4xx to what is no HTTP and to heads over 16 KB, and hangs up', async () => {
      const junk = [
        'hello\r\n\r\n',
        '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
        `POST ${PATH} HTTP/9.9\r\n\r\n`,
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`,
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`,
        `POST /w/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      ];
      for (const each of junk) {
        const [answer] = await conversation(listener, [each]);
        expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      }
      expect((await good()).status).toBe(200);
    });

    it('does not take the signature from beyond the 64th header', async () => {
      const many = Array.from({ length: 70 }, (_each, i) => `X-${i}: y\r\n`).join('');
      const [answer] = await conversation(listener, [
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${many}X-Webhook-Signature: ${SECRET}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    });

    it('says 200 only after the commit, and everything it thanked for is on the disk', async () => {
      let commit = () => {};
      const waits = new Promise<void>((resolve) => {
        commit = resolve;
      });
      between = async (some) => {
        await waits;
        return keepAll(some);
      };
      const before = entries();
      let answered = 0;
      const all = Array.from({ length: 20 }, () =>
        good().then((answer) => {
          answered++;
          return answer.status;
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(answered).toBe(0);
      expect(entries()).toBe(before);
      commit();
      expect(await Promise.all(all)).toEqual(Array(20).fill(200));
      expect(entries()).toBe(before + 20);
    });

    it('says 503 and when to come again while it cannot keep anything, and 200 as soon as it can', async () => {
      const before = entries();
      disk.broken = true;
      for (const answer of await Promise.all([good(), good(), good()])) {
        expect(answer.status).toBe(503);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect(entries()).toBe(before);
      disk.broken = false;
      expect((await good()).status).toBe(200);
      expect(entries()).toBe(before + 1);
    });

    it('loses nothing of others when an account was removed while its webhooks were on their way', async () => {
      const leaving = world.addAccount(77);
      const other = `/w/${'l'.repeat(32)}`;
      listener.setDoors([door(), door({ pathSecret: other.slice(3), account: leaving })]);
      await untilAnswered(async () => (await post(listener, { path: other })).status !== 404, 'the other door');
      let commit = () => {};
      const waits = new Promise<void>((resolve) => {
        commit = resolve;
      });
      between = async (some) => {
        await waits;
        return keepAll(some);
      };
      const before = entries();
      const all = Promise.all([good(), post(listener, { path: other, headers: signed, body: '{}' }), good()]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      world.store.accounts.remove(leaving);
      commit();
      const [first, , third] = await all;
      expect([first.status, third.status]).toEqual([200, 200]);
      expect(entries()).toBe(before + 2);
      listener.setDoors([door()]);
      await untilAnswered(async () => (await post(listener, { path: other })).status === 404, 'the door to close');
    });

    it('answers its own self-check, and to nobody else’s', async () => {
      const ours = await post(listener, { method: 'GET', path: '/n/nonce-of-ours' });
      expect([ours.status, ours.text]).toEqual([200, 'it is us']);
      expect((await post(listener, { method: 'GET', path: '/n/nonce-of-others' })).status).toBe(404);
      expect((await post(listener, { method: 'POST', path: '/n/nonce-of-ours', body: '{}' })).status).toBe(404);
    });

    it('counts what it turned away', async () => {
      const before = rejected;
      for (let i = 0; i < 5; i++) await post(listener, { headers: { 'x-webhook-signature': 'wrong' }, body: '{}' });
      await post(listener, { path: '/nothing' });
      await until(() => rejected >= before + 6, 'the count');
    });

    it('serves at most 256 connections at once, and others again when some of them are gone', async () => {
      const sockets = await Promise.all(Array.from({ length: LIMITS.sockets + 40 }, () => open(listener)));
      const heard = sockets.map(listenTo);
      for (const socket of sockets) socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\n`);
      await until(() => heard.filter((each) => each.done()).length >= 40, 'the surplus to be hung up on');
      expect(heard.filter((each) => !each.done()).length).toBeLessThanOrEqual(LIMITS.sockets);
      for (const socket of sockets) socket.destroy();
      await untilAnswered(async () => (await good().catch(() => undefined))?.status === 200, 'room again');
    });

    it('rejects with the cause when its port is taken', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const address = taken.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      await expect(start(port, deps)).rejects.toMatchObject({ code: 'EADDRINUSE' });
      taken.close();
    });

    it('closes after the answers under way, twice without harm, and hears nothing more', async () => {
      const other = await start(0, deps);
      other.setDoors([door()]);
      await untilAnswered(async () => (await post(other, {})).status === 401, 'the door');
      let commit = () => {};
      const waits = new Promise<void>((resolve) => {
        commit = resolve;
      });
      let under = false;
      between = async (some) => {
        under = true;
        await waits;
        return keepAll(some);
      };
      const answer = post(other, { headers: signed, body: '{}' });
      await until(() => under, 'the request to be under way');
      const closing = other.close();
      commit();
      expect((await answer).status).toBe(200);
      await closing;
      await other.close();
      await expect(post(other, {})).rejects.toThrow();
    });
  });
}

describe('both listeners', () => {
  it('hang up on heads and bodies that dribble in, within the time limits, without keeping anything, and never on those who are silent yet', async () => {
    const world = openCoreWorld(await tempDirForAll());
    const keeper = createKeeper({ store: world.store, log: createMemoryLog(), schedule: setImmediate, onKept: () => {} });
    const deps: ListenerDeps = { keep: keeper.keepAll, answerTo: () => undefined, onRejected: () => {}, onDeath: () => {} };
    const dribbles = bodies.map(async ([, start]) => {
      const listener = await start(0, deps);
      listener.setDoors([
        { pathSecret: PATH.slice(3), account: world.account, provider: 'wasenderapi', secrets: { webhookSecret: SECRET }, storeText: false },
      ]);
      await untilAnswered(async () => (await post(listener, {})).status === 401, 'the door');
      const begin = performance.now();
      const [head, body, idle, silent] = await Promise.all([open(listener), open(listener), open(listener), open(listener)]);
      const all = { head: listenTo(head), body: listenTo(body), idle: listenTo(idle), silent: listenTo(silent) };
      head.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\n`);
      body.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\nContent-Length: 1000\r\n\r\n`);
      idle.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: ${SECRET}\r\nContent-Length: 2\r\n\r\n{}`);
      const dribble = setInterval(() => {
        if (!head.destroyed) head.write('X-A: b\r\n');
        if (!body.destroyed) body.write('x');
      }, 200);
      const ended: Record<string, number> = {};
      const end = async (name: string, over: Promise<void>) => {
        await over;
        ended[name] = performance.now() - begin;
      };
      const { silent: heardNothing, ...cut } = all;
      await Promise.all(Object.entries(cut).map(([name, each]) => end(name, each.over)));
      clearInterval(dribble);
      // a tunnel opens its connections before there is anything to say: hanging up on them would lose webhooks
      expect([silent.readyState, heardNothing.text()]).toEqual(['open', '']);
      silent.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`);
      await heardNothing.over;
      expect(heardNothing.text()).toMatch(/^HTTP\/1\.1 401 /);
      await listener.close();
      // the limits, and the second or so between two looks at the connections
      expect(ended.head).toBeLessThan(LIMITS.headersTimeout + 2_500);
      expect(ended.idle).toBeLessThan(LIMITS.keepAlive + 2_500);
      expect(ended.body).toBeLessThan(LIMITS.requestTimeout + 2_500);
      expect(all.idle.text()).toMatch(/^HTTP\/1\.1 200 /);
    });
    await Promise.all(dribbles);
    expect(world.store.inbox.counts().kept).toBe(bodies.length);
    world.close();
  }, 20_000);
});

const folders: string[] = [];
/** `tempDir` belongs to one test; the store of these lives as long as their listener. */
async function tempDirForAll(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tickline-'));
  folders.push(folder);
  return folder;
}
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

type Reply = { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, string | string[] | undefined>> };

function post(
  listener: ListenerHandle,
  ask: { path?: string; method?: string; headers?: Record<string, string | readonly string[]>; body?: string | Buffer },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const out = request(
      {
        host: '127.0.0.1',
        port: listener.port,
        path: ask.path ?? PATH,
        method: ask.method ?? 'POST',
        headers: ask.headers as Record<string, string>,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: response.headers }));
        response.on('error', reject);
      },
    );
    out.on('error', reject);
    out.end(ask.body);
  });
}

async function open(listener: ListenerHandle): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: listener.port });
  await once(socket, 'connect');
  return socket;
}

/** What comes in on a socket; `over` when the other side has hung up. */
function listenTo(socket: Socket) {
  let text = '';
  let done = false;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const over = new Promise<void>((resolve) => {
    for (const event of ['end', 'close'])
      socket.on(event, () => {
        done = true;
        resolve();
      });
  });
  return { text: () => text, done: () => done, over };
}

/** Says these pieces one after the other, and gives what was answered until the other side hung up. */
async function conversation(listener: ListenerHandle, pieces: readonly string[]): Promise<readonly [string]> {
  const socket = await open(listener);
  const heard = listenTo(socket);
  for (const piece of pieces) {
    socket.write(Buffer.from(piece, 'latin1'));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await heard.over;
  socket.destroy();
  return [heard.text()];
}
