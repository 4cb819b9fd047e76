/** What plans are made from: this account's history, how much there is to ask, and how fast it may be asked. Kept for a while, since it is dear to find out. */
import type { AccountId, Millis } from '../domain/ids.ts';
import type { PollCounts, PollPlan, Polls } from '../ports/polls.ts';
import { AGE_EDGES_MS, ASSUMED, type Knowledge, learnSpacing, pressureOf, type Situation } from './spacing.ts';

export type Outlook = {
  situation(now: Millis, plan: PollPlan): Situation;
  knowledge(): Knowledge;
  counts(now: Millis): PollCounts;
  /** Everything is found out afresh, e.g. because the clock was set back. */
  forget(): void;
};

/** Plans leave some room, or chance alone would let the queue grow without end. */
const PLANNED_SHARE = 0.85;
const PRESSURE_FOR_MS = 30_000;
const KNOWLEDGE_FOR_MS = 600_000;
const LEARN_FROM_MESSAGES = 2_000;
const COUNTS_FOR_MS = 1_000;
const UNKNOWN = Number.NEGATIVE_INFINITY;

export function createOutlook(deps: {
  readonly account: AccountId;
  readonly polls: Polls;
  readonly random: () => number;
  /** What the poller may spend, requests a minute. */
  readonly perMinute: (now: Millis) => number;
}): Outlook {
  const { account, polls } = deps;
  let knowledge = { value: ASSUMED, until: UNKNOWN };
  let pressure = { value: 0, until: UNKNOWN };
  let counted: { readonly value: PollCounts; readonly until: Millis } = { value: { tracked: 0, due: 0 }, until: UNKNOWN };

  function counts(now: Millis): PollCounts {
    if (now >= counted.until) counted = { value: polls.counts(account, now), until: now + COUNTS_FOR_MS };
    return counted.value;
  }

  return {
    counts,
    knowledge: () => knowledge.value,
    situation(now, plan) {
      if (now >= knowledge.until) {
        const value = learnSpacing(polls.waits(account, now, LEARN_FROM_MESSAGES), polls.insurance(account, LEARN_FROM_MESSAGES));
        knowledge = { value, until: now + KNOWLEDGE_FOR_MS };
      }
      if (plan === 'fallback' && now >= pressure.until) {
        pressure = { value: pressureOf(knowledge.value, polls.crowd(account, now, AGE_EDGES_MS)), until: now + PRESSURE_FOR_MS };
      }
      const perMinute = deps.perMinute(now) * PLANNED_SHARE;
      // A queue that grows all the same stretches the plans until it is worked off.
      const stretch = 1 + counts(now).due / perMinute;
      return { now, plan, knowledge: knowledge.value, pressure: pressure.value * stretch, perMinute, random: deps.random() };
    },
    forget() {
      knowledge = { ...knowledge, until: UNKNOWN };
      pressure = { ...pressure, until: UNKNOWN };
      counted = { ...counted, until: UNKNOWN };
    },
  };
}
