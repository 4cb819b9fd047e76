/**
 * A storm of webhooks as fast as they are answered: each message's three steps one after the other, some told
 * again, some late. Run as its own process with its work as JSON; prints one JSON line.
 */
import { createRandom } from '../../../src/main/demo/random.ts';
import { openLine, requestOf } from './load.ts';

export type StormWork = {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  readonly connections: number;
  readonly requests: number;
  /** Share of requests that repeat an earlier one, byte for byte. */
  readonly repeats: number;
  /** Share of the others that come up to 500 places late. */
  readonly late: number;
  readonly prefix: string;
  readonly seed: number;
};

export type StormResult = {
  readonly acknowledged: number;
  readonly other: number;
  readonly seconds: number;
  /** Different statuses among the requests, and of how many messages. */
  readonly different: number;
  readonly messages: number;
};

const LATE_AT_MOST = 500;

/** The numbers of the requests in the order of sending; equal numbers are equal requests. */
export function stormOrder(work: Pick<StormWork, 'requests' | 'repeats' | 'late' | 'seed'>): readonly number[] {
  const random = createRandom(work.seed);
  const different = Math.round(work.requests * (1 - work.repeats));
  const order = Array.from({ length: different }, (_, n) => ({ n, place: n + (random.chance(work.late) ? random.int(1, LATE_AT_MOST) : 0) }))
    .sort((a, b) => a.place - b.place || a.n - b.n)
    .map(({ n }) => n);
  const sequence: number[] = [];
  let next = 0;
  while (sequence.length < work.requests) {
    const left = work.requests - sequence.length;
    const isRepeat = sequence.length > 0 && random.next() * left >= different - next;
    sequence.push(isRepeat ? (sequence[random.int(0, sequence.length - 1)] ?? 0) : (order[next++] ?? 0));
  }
  return sequence;
}

async function run(work: StormWork): Promise<StormResult> {
  const sequence = stormOrder(work);
  const different = new Set(sequence).size;
  const messages = Math.ceil(different / 3);
  const epoch = Date.now() - 10_000_000;
  const lines = await Promise.all(Array.from({ length: work.connections }, () => openLine(work.port)));
  let acknowledged = 0;
  let other = 0;
  let sent = 0;
  const started = performance.now();
  await Promise.all(
    lines.map(
      (line) =>
        new Promise<void>((done) => {
          const fire = () => {
            const k = sequence[sent++];
            if (k === undefined) return done();
            // requestOf goes message by message, then step by step.
            line.ask(requestOf({ ...work, messages }, (k % 3) * messages + Math.floor(k / 3), epoch), (status) => {
              if (status === 200) acknowledged++;
              else other++;
              fire();
            });
          };
          fire();
        }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  for (const line of lines) line.close();
  return { acknowledged, other, seconds, different, messages };
}

if (process.argv[2] !== undefined && import.meta.filename === process.argv[1]) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]) as StormWork))}\n`);
}
