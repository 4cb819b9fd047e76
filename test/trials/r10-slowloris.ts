import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { LIMITS } from '../../src/main/adapters/http/listen.ts';
import { type App, startApp } from '../support/app.ts';
import { VALID } from '../support/malformed.ts';
import { keptLine, postMany, type RawPost } from '../support/postMany.ts';
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
          { name: 'of them turned away and tried again', value: calm.again + stormy.again, target: '≤ 10', pass: calm.again + stormy.again <= 10 },
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

/**
 * Posts 50 a second until `end`, half of them on one connection that is kept and half on a new one each. Who comes in the tenth of a
 * second in which a thousand knock may be turned away; as a tunnel does, it tries again, for a second, within its time.
 */
async function honestly(app: App, path: string, seed: number, end: Promise<unknown>) {
  let over = false;
  void end.then(() => {
    over = true;
  });
  const ms: number[] = [];
  let [refused, again] = [0, 0];
  const post = (index: number): RawPost => ({
    path,
    body: Buffer.from((VALID[0] ?? '').replace('3EB0HOSTILE01', `3EB0${seed}N${index}`)),
    headers: [['x-webhook-signature', SECRET]],
  });
  const line = keptLine(app.webhooks);
  const onNew = (index: number) => postMany(app.webhooks, [post(index)], 1).then(([status]) => status);
  const onKept = (index: number) => line.post(post(index));
  async function insist(index: number, way: (index: number) => Promise<number | undefined>): Promise<void> {
    const began = performance.now();
    for (let tries = 0; tries < 40; tries++) {
      const status = await way(index).catch(() => 0);
      if (status === 200) return void ms.push(performance.now() - began);
      if (status !== 0) break;
      again += 1;
      await after(20);
    }
    refused += 1;
  }
  const fresh: Promise<void>[] = [];
  // one after the other on the kept one
  let kept = Promise.resolve();
  for (let index = 0; !over; index++) {
    if (index % 2 === 0) fresh.push(insist(index, onNew));
    else kept = kept.then(() => insist(index, onKept));
    await after(1_000 / HONEST_PER_SECOND);
  }
  await Promise.all([...fresh, kept]);
  line.close();
  return { ms, refused, again };
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
