/**
 * Loads for the economy of polling, what other ways of asking make of them, and what the best spacing
 * would. Messages are sent one after another; `lives` are in the order of sending.
 */
import type { Millis } from '../../../src/main/core/domain/ids.ts';
import { createRandom } from '../../../src/main/demo/random.ts';
import type { FakeClock } from '../../support/fakeClock.ts';
import type { Life } from '../../support/pollingWorld.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export type Sent = Life & { readonly queued: Millis };
export type Lives = ReadonlyMap<string, Sent>;
/** Chance of a wait to end per ms, when it has lasted `ageMs`. */
export type Hazard = (ageMs: number) => number;
export type Load = { readonly lives: Lives; readonly toDeliver: Hazard; readonly toRead: Hazard };

const STEPS = ['delivered', 'read'] as const;

/** Most phones answer in seconds, one in seven is off for a while; three in four people read, sooner or later. */
export function aDay(start: Millis, count: number, over: number, seed: number): Load {
  const random = createRandom(seed);
  const lives = new Map<string, Sent>();
  const moments = Array.from({ length: count }, () => Math.round(start + random.next() * over)).sort((a, b) => a - b);
  for (const [i, queued] of moments.entries()) {
    const sent = queued + SECOND;
    const delivered = Math.round(sent + (random.chance(0.15) ? random.lognormal(40 * MINUTE, 1.2) : random.lognormal(3 * SECOND, 1)));
    const read = random.chance(0.75) ? Math.round(delivered + random.lognormal(15 * MINUTE, 1.7)) : undefined;
    lives.set(`${i}`, { queued, sent, delivered, ...(read === undefined ? {} : { read }) });
  }
  return {
    lives,
    toDeliver: mixture([
      { share: 0.15, median: 40 * MINUTE, sigma: 1.2 },
      { share: 0.85, median: 3 * SECOND, sigma: 1 },
    ]),
    toRead: mixture([{ share: 0.75, median: 15 * MINUTE, sigma: 1.7 }]),
  };
}

/** New messages going out beside many that have long been waiting to be read: 95 of 100 open ones are old. */
export function youngBesideOld(start: Millis, old: number, young: number, over: number, seed: number): Load {
  const random = createRandom(seed);
  const wait = (mean: number) => Math.round(-Math.log(1 - random.next()) * mean);
  const lives: [string, Sent][] = [];
  for (let i = 0; i < old; i++) {
    const queued = Math.round(start - random.next() * 48 * HOUR);
    lives.push([`old${i}`, { queued, sent: queued, delivered: queued, read: start + wait(48 * HOUR) }]);
  }
  for (let i = 0; i < young; i++) {
    const queued = Math.round(start + random.next() * over);
    const delivered = queued + wait(20 * SECOND);
    lives.push([`new${i}`, { queued, sent: queued, delivered, read: delivered + wait(48 * HOUR) }]);
  }
  lives.sort(([, a], [, b]) => a.queued - b.queued);
  return { lives: new Map(lives), toDeliver: () => 1 / (20 * SECOND), toRead: () => 1 / (48 * HOUR) };
}

type Lognormal = { readonly share: number; readonly median: number; readonly sigma: number };

/** The chance of ending now, given that it has not ended yet; shares that do not sum to 1 leave some that never end. */
function mixture(parts: readonly Lognormal[]): Hazard {
  return (ageMs) => {
    let density = 0;
    let ended = 0;
    for (const { share, median, sigma } of parts) {
      const z = Math.log(Math.max(1, ageMs) / median) / sigma;
      density += (share * Math.exp((-z * z) / 2)) / (Math.max(1, ageMs) * sigma * Math.sqrt(2 * Math.PI));
      ended += share * normal(z);
    }
    return density / Math.max(1e-9, 1 - ended);
  };
}

/** The standard normal distribution function (Abramowitz and Stegun 26.2.17, to 7.5e-8). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) *
    t *
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));
  return z > 0 ? 1 - tail : tail;
}

export type Staleness = { readonly mean: number; readonly p95: number; readonly learned: number };

/** Between each step since `start` and our learning of it; what was not learned counts until the end. */
export function staleness(
  lives: ReadonlyMap<string, Life>,
  learnedAt: (id: string, step: 'delivered' | 'read') => Millis | undefined,
  start: Millis,
  end: Millis,
): Staleness {
  let learned = 0;
  const delays: number[] = [];
  for (const [id, life] of lives)
    for (const step of STEPS) {
      const at = life[step];
      if (at === undefined || at < start || at > end) continue;
      const known = learnedAt(id, step);
      if (known !== undefined) learned++;
      delays.push((known ?? end) - at);
    }
  delays.sort((a, b) => a - b);
  return {
    mean: delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
    p95: delays[Math.floor(delays.length * 0.95)] ?? Number.NaN,
    learned,
  };
}

export type Looped = Staleness & { readonly requests: number };

/**
 * A loop that asks every open message in turn. `next` gives the moment of the next question, after the last
 * one and not before the message's own last question plus `atLeast`.
 */
export function loopOver(lives: Lives, start: Millis, end: Millis, pace: { readonly gap: number; readonly atLeast: number }): Looped {
  const learned = new Map<string, Partial<Record<string, Millis>>>();
  const coming = [...lives];
  let arrived = 0;
  // A queue whose head moves, so that a turn costs the same however many are open.
  const open: { readonly id: string; readonly life: Sent; mayAt: number }[] = [];
  let head = 0;
  let now = start;
  let requests = 0;
  for (;;) {
    now += pace.gap;
    while (coming[arrived] !== undefined && (coming[arrived]?.[1].queued ?? 0) <= now) {
      const [id, life] = coming[arrived++] as [string, Sent];
      open.push({ id, life, mayAt: now });
    }
    const turn = open[head];
    if (turn === undefined || turn.mayAt > now) {
      const next = Math.min(turn?.mayAt ?? Number.POSITIVE_INFINITY, coming[arrived]?.[1].queued ?? Number.POSITIVE_INFINITY);
      if (next > end) break;
      now = Math.max(now, next - pace.gap);
      continue;
    }
    if (now > end) break;
    head++;
    requests++;
    const known = learned.get(turn.id) ?? {};
    for (const step of STEPS) if ((turn.life[step] ?? end + 1) <= now) known[step] ??= now;
    learned.set(turn.id, known);
    if (known.read === undefined) open.push({ ...turn, mayAt: now + pace.atLeast });
    if (head > 100_000) {
      open.splice(0, head);
      head = 0;
    }
  }
  return { ...staleness(lives, (id, step) => learned.get(id)?.[step], start, end), requests };
}

/** A loop with so many requests spread evenly over the time. */
export function uniformLoop(lives: Lives, start: Millis, end: Millis, requests: number): Looped {
  return loopOver(lives, start, end, { gap: (end - start) / Math.max(1, requests), atLeast: 0 });
}

/** The tutorial's loop, every 30 s, which never makes more than `perMinute` requests. */
export function thirtySecondLoop(lives: Lives, start: Millis, end: Millis, perMinute: number): Looped {
  return loopOver(lives, start, end, { gap: MINUTE / perMinute, atLeast: 30 * SECOND });
}

/**
 * By how much the best spacing of as many requests is less stale than the uniform loop, for one who knows the
 * true rates: N·Σλ ÷ (Σ√λ)², over everything that is open, looked at once a minute. It holds where messages
 * are asked about often against their waits; where questions are rare it says too little.
 */
export function bestGain({ lives, toDeliver, toRead }: Load, start: Millis, end: Millis): number {
  let uniform = 0;
  let best = 0;
  for (let now = start + MINUTE / 2; now < end; now += MINUTE) {
    let open = 0;
    let rates = 0;
    let roots = 0;
    for (const life of lives.values()) {
      if (life.queued > now || (life.read ?? Number.POSITIVE_INFINITY) <= now) continue;
      const isDelivered = (life.delivered ?? Number.POSITIVE_INFINITY) <= now;
      const rate = isDelivered ? toRead(now - (life.delivered ?? now)) : toDeliver(now - (life.sent ?? now));
      open++;
      rates += rate;
      roots += Math.sqrt(rate);
    }
    uniform += open * rates;
    best += roots * roots;
  }
  return uniform / best;
}

/** The most moments within any minute. */
export function mostInAMinute(moments: readonly Millis[]): number {
  let from = 0;
  return moments.reduce((most, at, i) => {
    while ((moments[from] ?? at) <= at - MINUTE) from++;
    return Math.max(most, i - from + 1);
  }, 0);
}

/** Runs each at its moment. One task of the clock at a time: it looks through all of them at every step. */
export function inTurn(clock: FakeClock, tasks: readonly { readonly at: Millis; readonly run: () => void }[]): void {
  const sorted = tasks.toSorted((a, b) => a.at - b.at);
  let next = 0;
  const go = () => {
    for (; next < sorted.length && (sorted[next]?.at ?? 0) <= clock.now(); next++) sorted[next]?.run();
    if (next < sorted.length) clock.after((sorted[next]?.at ?? 0) - clock.now(), go);
  };
  go();
}
