/**
 * A load generator lean enough not to be the bottleneck: raw sockets, kept alive, one request under way on
 * each. Runs as its own process, given its work as JSON in argv, and prints its result as one JSON line.
 *
 * Closed loop (`rate: 0`): every connection sends as soon as it is answered. Open model (`rate` > 0):
 * requests leave on schedule whatever became of the ones before, and latency counts from the schedule, so
 * that queueing is not hidden.
 */
import { connect, type Socket } from 'node:net';
import { DOCUMENTED_STYLE, statusUpdate } from '../../../src/main/demo/payloads.ts';

export type LoadWork = {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  readonly connections: number;
  /** Requests a second; 0 for as many as the answers allow. */
  readonly rate: number;
  readonly seconds: number;
  /** Makes ids unique between runs against one server. */
  readonly prefix: string;
  /** Distinct messages: each is told sent, delivered, read in turn. */
  readonly messages: number;
};

export type LoadResult = {
  readonly answered: number;
  readonly acknowledged: number;
  readonly other: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

const STATUSES = [2, 3, 4] as const;

/** The n-th request of a run: unique bytes, so that nothing is a repeat. */
export function requestOf(work: Pick<LoadWork, 'path' | 'secret' | 'prefix' | 'messages'>, n: number, epoch: number): Buffer {
  const message = n % work.messages;
  const status = STATUSES[Math.floor(n / work.messages) % STATUSES.length] ?? 2;
  const body = JSON.stringify(
    statusUpdate({
      style: DOCUMENTED_STYLE,
      apiKey: 'ab'.repeat(32),
      at: epoch + n,
      waId: `3EB0${work.prefix}${message.toString(16).toUpperCase().padStart(10, '0')}`,
      chat: `1555${String(message % 10_000_000).padStart(7, '0')}@s.whatsapp.net`,
      status,
    }),
  );
  return Buffer.from(
    `POST ${work.path} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: application/json\r\nUser-Agent: load\r\nX-Webhook-Signature: ${work.secret}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

async function run(work: LoadWork): Promise<LoadResult> {
  const epoch = Date.now() - 10_000_000;
  const latencies: number[] = [];
  let acknowledged = 0;
  let other = 0;
  let sent = 0;
  const started = performance.now();
  const end = started + work.seconds * 1000;
  const idle: Line[] = [];
  const lines = await Promise.all(Array.from({ length: work.connections }, () => openLine(work.port)));

  await new Promise<void>((resolve) => {
    let busy = 0;
    const finish = () => performance.now() >= end && busy === 0 && resolve();
    const fire = (line: Line, scheduled: number) => {
      busy++;
      line.ask(requestOf(work, sent++, epoch), (status) => {
        busy--;
        latencies.push(performance.now() - scheduled);
        if (status === 200) acknowledged++;
        else other++;
        if (work.rate === 0 && performance.now() < end) fire(line, performance.now());
        else idle.push(line);
        finish();
      });
    };
    if (work.rate === 0) for (const line of lines) fire(line, performance.now());
    else {
      idle.push(...lines);
      let due = started;
      const gap = 1000 / work.rate;
      const waiting: number[] = [];
      const tick = () => {
        const now = performance.now();
        while (due <= now && due < end) {
          waiting.push(due);
          due += gap;
        }
        // In turn, so that no connection rests until the server closes it.
        while (waiting.length > 0 && idle.length > 0) fire(idle.shift() as Line, waiting.shift() as number);
        finish();
        if (performance.now() < end || waiting.length > 0 || busy > 0) setTimeout(tick, 1);
      };
      tick();
    }
  });
  const seconds = (performance.now() - started) / 1000;
  for (const line of lines) line.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => Math.round((latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0) * 100) / 100;
  return { answered: latencies.length, acknowledged, other, seconds, perSecond: acknowledged / seconds, p50: at(0.5), p99: at(0.99), max: at(1) };
}

export type Line = { ask(request: Buffer, done: (status: number) => void): void; close(): void };

export function openLine(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    let waiting: ((status: number) => void) | undefined;
    let buffered = '';
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () =>
      resolve({
        ask(request, done) {
          waiting = done;
          socket.write(request);
        },
        close: () => socket.destroy(),
      }),
    );
    socket.on('error', reject);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      buffered += chunk;
      const head = buffered.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(buffered)?.[1] ?? 0);
      if (buffered.length < head + 4 + length) return;
      const status = Number(buffered.slice(9, 12));
      buffered = '';
      const done = waiting;
      waiting = undefined;
      done?.(status);
    });
  });
}

if (process.argv[2] !== undefined && import.meta.filename === process.argv[1]) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]) as LoadWork))}\n`);
}
