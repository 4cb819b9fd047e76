/** The truth against what a contestant knew. */
import { LADDER, type Rung, type Said } from '../../src/main/core/domain/status.ts';
import type { TrueMessage } from '../../src/main/demo/index.ts';
import { type Known, type KnownSteps, providerName, waName } from './record.ts';

export type Score = {
  readonly messages: number;
  readonly statuses: number;
  /** Statuses that happened and were not known when time was up. */
  readonly missed: number;
  /** From the provider's stamp to the record, of those that were learned; ms. */
  readonly latency: { readonly median: number; readonly p95: number; readonly max: number };
  /** Mean time, for each message, during which what it showed was out of date; ms. */
  readonly staleness: number;
};

/** When a status was known: by itself, or by a higher one. */
function knownAt(said: Said, known: KnownSteps): number | undefined {
  const rung = LADDER.indexOf(said as Rung);
  // Who knows that it failed in the end is not wrong about its having been sent.
  const steps: readonly Said[] = rung === -1 ? [said] : said === 'sent' ? [...LADDER.slice(rung), 'failed'] : LADDER.slice(rung);
  const times = steps.flatMap((step) => known[step] ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Messages to one person that went through the API: the only ones which all contestants can follow. */
export function score(truth: readonly TrueMessage[], known: Known, end: number): Score {
  const latencies: number[] = [];
  let statuses = 0;
  let stale = 0;
  const scored = truth.filter((message) => message.origin === 'api' && message.people.length === 0);
  for (const { waId, msgId, steps } of scored) {
    const mine: KnownSteps = {
      ...(waId === undefined ? {} : known.get(waName(waId))),
      ...(msgId === undefined ? {} : known.get(providerName(msgId))),
    };
    const wrong: (readonly [from: number, to: number])[] = [];
    for (const said of ['sent', 'delivered', 'read', 'failed'] as const) {
      const at = steps[said];
      if (at === undefined || at > end) continue;
      statuses++;
      const learned = knownAt(said, mine);
      if (learned !== undefined && learned <= end) latencies.push(Math.max(0, learned - at));
      wrong.push([at, Math.min(end, Math.max(at, learned ?? end))]);
    }
    stale += lengthOf(wrong);
  }
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return {
    messages: scored.length,
    statuses,
    missed: statuses - latencies.length,
    latency: { median: at(0.5), p95: at(0.95), max: at(1) },
    staleness: stale / Math.max(1, scored.length),
  };
}

/** How much time these stretches cover together. */
function lengthOf(stretches: (readonly [number, number])[]): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}
