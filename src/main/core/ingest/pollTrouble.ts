/** What a question without an answer means: for the one message, and for the whole account. Pure. */
import type { Failure } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import type { NextAsk, PollRow } from '../ports/polls.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** A number of the provider may take a while to be known everywhere; after these it never will. */
const NOT_FOUND_AGAIN_MS: readonly Millis[] = [MINUTE, 10 * MINUTE, HOUR];
const REFUSALS_BEFORE_STOP = 6;
const LONGEST_ROW_WAIT_MS = 6 * HOUR;

export type Trouble = {
  readonly next: NextAsk;
  readonly failures: number;
  /**
   * How the whole account waits. `told`: the provider said so (and every request obeys). `ours`: it does not
   * answer or does not let us in, so one question at a time tries again.
   */
  readonly hold: { readonly kind: 'none' } | { readonly kind: 'told' | 'ours'; readonly ms: number };
};

export type TroubleContext = {
  readonly now: Millis;
  /** 0 ≤ x < 1. */
  readonly random: number;
  /** How many times in a row the account had to wait before this. */
  readonly strikes: number;
  /** Whether other questions were answered lately, so that the trouble lies with this message. */
  readonly othersAnswered: boolean;
};

export function judgeTrouble(row: Pick<PollRow, 'failures'>, failure: Failure, context: TroubleContext): Trouble {
  const { now, random, strikes } = context;
  const failures = row.failures + 1;
  const spread = 0.5 + random;
  const later = (ms: number): NextAsk => ({ dueAt: Math.round(now + Math.min(LONGEST_ROW_WAIT_MS, ms * 2 ** row.failures) * spread) });
  switch (failure.code) {
    case 'rate_limited':
      return {
        next: { dueAt: now },
        failures: row.failures,
        hold: { kind: 'told', ms: failure.afterMs ?? growing(5 * SECOND, 5 * MINUTE, strikes) * spread },
      };
    case 'not_found': {
      const wait = NOT_FOUND_AGAIN_MS[row.failures];
      return { next: wait === undefined ? { stop: 'not-found' } : { dueAt: now + wait }, failures, hold: { kind: 'none' } };
    }
    case 'unauthorized':
    case 'secret_missing':
      return { next: { dueAt: now }, failures: row.failures, hold: { kind: 'ours', ms: growing(MINUTE, HOUR, strikes) } };
    case 'bad_input':
    case 'unsupported':
      return { next: { stop: 'refused' }, failures, hold: { kind: 'none' } };
    case 'provider_refused': {
      // The session is not connected, say: no message can help that.
      if (failure.retry)
        return { next: { dueAt: now }, failures: row.failures, hold: { kind: 'ours', ms: growing(5 * SECOND, MINUTE, strikes) * spread } };
      const hopeless = failures >= REFUSALS_BEFORE_STOP && context.othersAnswered;
      const hold = context.othersAnswered
        ? ({ kind: 'none' } as const)
        : ({ kind: 'ours', ms: growing(5 * SECOND, 5 * MINUTE, strikes) * spread } as const);
      return { next: hopeless ? { stop: 'refused' } : later(MINUTE), failures, hold };
    }
    default:
      // The cap keeps the loss after an outage to about a minute.
      return { next: later(30 * SECOND), failures, hold: { kind: 'ours', ms: growing(2 * SECOND, MINUTE, strikes) * spread } };
  }
}

function growing(first: number, most: number, strikes: number): number {
  return Math.min(most, first * 2 ** Math.min(strikes, 20));
}
