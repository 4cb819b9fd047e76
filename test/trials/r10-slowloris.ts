import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { LIMITS } from '../../src/main/adapters/http/listen.ts';
import { type App, startApp } from '../support/app.ts';
import { VALID } from '../support/malformed.ts';
import { postMany, type RawPost } from '../support/postMany.ts';
import { percentile } from './parts/statistics.ts';
import type { Trial } from './trial.ts';

const SECRET = 'a-secret-of-the-webhook-0123456789';
const HONEST_PER_SECOND = 50;
/** The longest that a slow one may stay: the request's time limit and what the checks take. */
const GONE_WITHIN_MS = 12_000;

/** About 30 seconds at full scale. */
export const trial: Trial = {
  id: 'R10',
  title: 'a thousand senders at one byte a second keep nobody out',
  async run({ scale, seed, say }) {
    const full = scale === 'full';
    const app = await startApp();
    try {
      const { webhookPath } = await app.rpc('accounts.create', {
        provider: 'wasenderapi',
        name: 'The shop',
        secrets: { webhookSecret: SECRET },
        tunnel: { kind: 'local' },
      });
      const calm = await honestly(app, webhookPath, seed, after(full ? 3_000 : 500));
      say('the slow ones come');
      // the small one has heads only, which have the shorter limit
      const slow = dribble(app, webhookPath, full ? 1_000 : 400, full ? 0.5 : 1);
      const stormy = await honestly(app, webhookPath, seed + 1, slow.allGone);
      const { connected, most, goneMs } = await slow.allGone;
      const p99 = percentile(stormy.ms, 0.99);
      const limit = full ? GONE_WITHIN_MS : 7_000;
      // beside other tests even a calm post may be slow
      const longest = full ? 100 : Math.max(100, 3 * percentile(calm.ms, 0.99));
      return {
        figures: [
          { name: 'slow sockets', value: connected, target: full ? '1 000' : '400', pass: connected === (full ? 1_000 : 400) },
          { name: 'honest posts during it', value: stormy.ms.length, target: '> 100', pass: stormy.ms.length > 100 },
          { name: 'honest posts refused', value: calm.refused + stormy.refused, target: '0', pass: calm.refused + stormy.refused === 0 },
          { name: 'honest p99', value: Math.round(p99), target: `≤ ${Math.round(longest)} ms`, pass: p99 <= longest },
          { name: 'slow sockets held at once', value: most, target: `≤ ${LIMITS.sockets}`, pass: most <= LIMITS.sockets },
          { name: 'all slow ones gone after', value: Math.round(goneMs), target: `≤ ${limit} ms`, pass: goneMs <= limit },
        ],
      };
    } finally {
      await app.stop();
    }
  },
};

/** Posts 50 a second until `end`, half of them on a connection that is kept and half on a new one each; what is cut off is tried again for a second, within its time. */
async function honestly(app: App, path: string, seed: number, end: Promise<unknown>) {
  let over = false;
  void end.then(() => {
    over = true;
  });
  const ms: number[] = [];
  let refused = 0;
  const kept: RawPost[] = [];
  let wakeKept = () => {};
  const post = (index: number): RawPost => ({
    path,
    body: Buffer.from((VALID[0] ?? '').replace('3EB0HOSTILE01', `3EB0${seed}N${index}`)),
    headers: [['x-webhook-signature', SECRET]],
  });
  async function once(index: number): Promise<void> {
    const began = performance.now();
    for (let tries = 0; tries < 40; tries++) {
      const [status] = await postMany(app.webhooks, [post(index)], 1).catch(() => [0]);
      if (status === 200) return void ms.push(performance.now() - began);
      await after(20);
    }
    refused += 1;
  }
  /** One line for all of them, in turn. */
  async function keepOne(): Promise<void> {
    while (!over) {
      if (kept.length === 0)
        await new Promise<void>((resolve) => {
          wakeKept = resolve;
        });
      const batch = kept.splice(0);
      const statuses = await postMany(app.webhooks, batch, 1, (_index, took) => ms.push(took));
      refused += statuses.filter((status) => status !== 200).length;
    }
  }
  const line = keepOne();
  const fresh: Promise<void>[] = [];
  for (let index = 0; !over; index++) {
    if (index % 2 === 0) fresh.push(once(index));
    else {
      kept.push(post(index));
      wakeKept();
    }
    await after(1_000 / HONEST_PER_SECOND);
  }
  wakeKept();
  await Promise.all([...fresh, line]);
  return { ms, refused };
}

/** `count` connections that send one byte a second: a share of them never ends its head, the others end it and dribble a body. */
function dribble(app: App, path: string, count: number, heads: number) {
  const { port } = new URL(app.webhooks);
  const open = new Set<Socket>();
  const began = performance.now();
  let [connected, most] = [0, 0];
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Webhook-Signature: guess\r\nContent-Length: 4000\r\n`;
  const gone = Array.from(
    { length: count },
    (_, index) =>
      new Promise<void>((resolve) => {
        const socket = connect({ port: Number(port), host: '127.0.0.1' });
        socket.on('connect', () => {
          connected += 1;
          open.add(socket);
          if (index >= count * heads) socket.write(`${head}\r\n`);
          const text = `${head}X-Slow: ${'x'.repeat(500)}`;
          let sent = 0;
          const timer = setInterval(() => socket.write(text[sent++] ?? 'x'), 1_000);
          socket.write(text[sent++] ?? 'x');
          socket.once('close', () => clearInterval(timer));
        });
        socket.on('error', () => undefined);
        socket.on('data', () => undefined);
        socket.on('close', () => {
          open.delete(socket);
          resolve();
        });
      }),
  );
  // what is refused at the door is told a moment later
  const counting = setInterval(() => {
    if (performance.now() - began > 1_000) most = Math.max(most, open.size);
  }, 100);
  const allGone = Promise.all(gone).then(() => {
    clearInterval(counting);
    return { connected, most, goneMs: performance.now() - began };
  });
  return { allGone };
}
