import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { LIMITS, listen } from '../../src/main/adapters/http/listen.ts';
import { type App, startApp } from '../support/app.ts';
import { silentLog } from '../support/demoShop.ts';
import { VALID } from '../support/malformed.ts';
import { postMany } from '../support/postMany.ts';
import type { Trial } from './trial.ts';

const SECRET = 'a-secret-of-the-webhook-0123456789';
const HUGE = 100 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 0x20);
/** Node hands over up to 64 KB at once: the piece that passes the limit, and the head. */
const IN_HAND = 65 * 1024;

type Way = {
  readonly name: string;
  /** The head's line about the length. */
  readonly length: string;
  /** Each piece as a chunk of its own. */
  readonly chunked?: boolean;
  /** What arrives of it is a whole body of a size that we take. */
  readonly fits?: boolean;
};

const WAYS: readonly Way[] = [
  { name: 'says its length', length: `Content-Length: ${HUGE}` },
  { name: 'says no length', length: 'Transfer-Encoding: chunked', chunked: true },
  { name: 'lies that it is short', length: 'Content-Length: 100', fits: true },
  { name: 'lies that it is of a size we take', length: `Content-Length: ${LIMITS.body}`, fits: true },
  { name: 'says a length beyond all numbers', length: `Content-Length: ${'9'.repeat(40)}` },
  { name: 'says two lengths', length: 'Content-Length: 5\r\nContent-Length: 104857600' },
  { name: 'says both ways', length: 'Transfer-Encoding: chunked\r\nContent-Length: 5', chunked: true },
];

/** About 2 minutes at full scale. */
export const trial: Trial = {
  id: 'R11',
  title: 'a body of a hundred megabytes costs what the limit allows, however it lies',
  async run({ scale, seed, say }) {
    const parallel = scale === 'full' ? 1_000 : 300;
    const read = await readAtMost();
    const app = await startApp({ env: { NODE_OPTIONS: '--max-semi-space-size=2' } });
    try {
      const { webhookPath } = await app.rpc('accounts.create', {
        provider: 'wasenderapi',
        name: 'The shop',
        secrets: { webhookSecret: SECRET },
        tunnel: { kind: 'local' },
      });
      const valid = { path: webhookPath, headers: [['x-webhook-signature', SECRET]] as const };
      // what a process takes once, for having worked at all, is no growth
      await postMany(
        app.webhooks,
        Array.from({ length: 500 }, (_, at) => ({ ...valid, body: bodyOf(seed, at) })),
      );
      const before = await residentBytes(app);
      let most = before;
      const watching = setInterval(
        () =>
          void residentBytes(app).then((now) => {
            most = Math.max(most, now);
          }),
        50,
      );
      let accepted = 0;
      for (const way of WAYS) {
        say(`${parallel} at once: a body that ${way.name}`);
        // every fourth knows the secret, and is refused for the size alone
        const poured = await Promise.all(
          Array.from({ length: parallel }, (_, at) => pour(app.webhooks, webhookPath, way, at % 4 === 0 && !way.fits ? SECRET : 'guess')),
        );
        accepted += poured.filter((one) => one.answer.startsWith('HTTP/1.1 2')).length;
      }
      // an unpacked bomb would show as memory; what is packed is small, and ours to keep
      const bomb = gzipSync(Buffer.alloc(HUGE, 0x20));
      const bombs = await postMany(
        app.webhooks,
        Array.from({ length: parallel / 10 }, () => ({ ...valid, headers: [...valid.headers, ['content-encoding', 'gzip'] as const], body: bomb })),
      );
      clearInterval(watching);
      const honest = await postMany(app.webhooks, [{ ...valid, body: bodyOf(seed, 9_999) }]);
      const grown = (most - before) / 1e6;
      return {
        figures: [
          { name: 'bodies', value: parallel * WAYS.length, target: `≥ ${parallel}`, pass: true },
          { name: 'read of one at most', value: read, target: `≤ ${LIMITS.body + IN_HAND} bytes`, pass: read <= LIMITS.body + IN_HAND },
          { name: 'accepted', value: accepted, target: '0', pass: accepted === 0 },
          {
            name: 'gzip bombs answered oddly',
            value: bombs.filter((status) => status !== 200 && status !== 413).length,
            target: '0',
            pass: bombs.every((status) => status === 200 || status === 413),
          },
          { name: 'memory grown by', value: Math.round(grown * 10) / 10, target: '≤ 50 MB', pass: grown <= 50 },
          { name: 'an honest one afterwards', value: honest[0] ?? 0, target: '200', pass: honest[0] === 200 },
        ],
      };
    } finally {
      await app.stop();
    }
  },
};

function bodyOf(seed: number, at: number): Buffer {
  return Buffer.from((VALID[0] ?? '').replace('3EB0HOSTILE01', `3EB0${seed}B${at}`));
}

/** What the listener itself takes off the connection, in this process; the most of all the ways. */
async function readAtMost(): Promise<number> {
  let most = 0;
  const path = `/w/${'p'.repeat(32)}`;
  const follow = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('socket' in message) || !(message.socket instanceof Socket)) return;
    const { socket } = message;
    socket.once('close', () => {
      most = Math.max(most, socket.bytesRead);
    });
  };
  subscribe('net.server.socket', follow);
  for (const way of WAYS) {
    const listener = await listen({ port: 0, receive: () => ({ status: 401 }), answerTo: async () => undefined, log: silentLog });
    await pour(listener.url, path, way);
    await listener.close(0);
  }
  unsubscribe('net.server.socket', follow);
  return most;
}

/** Sends until it is told to stop, cut off, or done; resolves once the connection is closed. */
function pour(origin: string, path: string, way: Way, secret = 'guess'): Promise<{ readonly answer: string; readonly poured: number }> {
  return new Promise((resolve) => {
    let [answer, poured] = ['', 0];
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => {
      socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Webhook-Signature: ${secret}\r\n${way.length}\r\n\r\n`);
      const push = () => {
        while (poured < HUGE && !socket.destroyed && !socket.writableEnded) {
          poured += PIECE.length;
          const more = way.chunked ? Buffer.concat([Buffer.from(`${PIECE.length.toString(16)}\r\n`), PIECE, Buffer.from('\r\n')]) : PIECE;
          if (!socket.write(more)) return;
        }
      };
      socket.on('drain', push);
      push();
    });
    socket.on('data', (part) => {
      answer += part;
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, poured }));
  });
}

async function residentBytes(app: App): Promise<number> {
  const status = await readFile(`/proc/${app.pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
}
