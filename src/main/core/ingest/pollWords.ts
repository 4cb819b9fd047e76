/** What polling and reconciling are doing, in words for the owner. Pure. */
import type { PollingView } from '../../../shared/contract/views.ts';
import type { Failure } from '../domain/failure.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { PollCounts } from '../ports/polls.ts';
import type { ReconcileRun } from '../ports/reconciles.ts';
import type { BudgetView } from './budget.ts';
import type { PollMode } from './poller.ts';

export type PollingFacts = {
  readonly account: AccountId;
  readonly provider: string;
  readonly mode: PollMode;
  readonly hasKey: boolean;
  readonly now: Millis;
  readonly limits: BudgetView;
  readonly counts: PollCounts;
  /** Our own waiting, after trouble. */
  readonly resting: { readonly until: Millis; readonly failure: Failure } | undefined;
  readonly showTime: ((at: Millis) => string) | undefined;
};

export function pollingView(facts: PollingFacts): PollingView {
  const { account, mode, hasKey, now, limits, counts, resting } = facts;
  const { perMinute, learned, usedLastMinute } = limits;
  const waitUntil = Math.max(limits.waitUntil ?? 0, resting?.until ?? 0) || null;
  const active = mode !== 'off' && hasKey;
  const waitSeconds = Math.max(0, (waitUntil ?? 0) - now) / 1000;
  const secondsToGo = counts.due === 0 || !active ? null : Math.ceil((counts.due * 60) / limits.backgroundPerMinute + waitSeconds);
  return { account, active, perMinute, learned, usedLastMinute, ...counts, waitUntil, secondsToGo, words: pollingWords(facts) };
}

function pollingWords({ provider, mode, hasKey, limits, counts, resting, showTime }: PollingFacts): string {
  const time = showTime ?? timeOfDay;
  if (!hasKey) return `Polling is off until a key for ${provider} is stored`;
  if (mode === 'off') return 'Polling is off';
  if (limits.waitUntil !== undefined) return `Waiting until ${time(limits.waitUntil)} because ${provider} said so`;
  if (resting !== undefined) return `${withoutStop(resting.failure.message)}; next try at ${time(resting.until)}`;
  if (limits.usedLastMinute > 0 || counts.due > 0) return `Asking ${limits.usedLastMinute} of ${limits.perMinute} a minute`;
  return 'Polling ready';
}

/** "about 4 min at 60 requests a minute" */
export function howLong(seconds: number, perMinute: number): string {
  return `about ${aboutTime(seconds)} at ${perMinute} requests a minute`;
}

export function reconcileWords(run: ReconcileRun, secondsToGo: number | null, perMinute: number, active: boolean): string {
  if (run.finishedAt !== undefined) {
    if (run.toAsk === 0 && run.recovered === 0) return 'Nothing was open, so nothing had to be asked';
    return run.recovered === 0
      ? `Asked about ${messages(run.toAsk)}: nothing was missed`
      : `Asked about ${messages(run.toAsk)}: ${run.recovered} had changed`;
  }
  if (run.phase === 'log') return run.page === 1 ? 'Reading the message log' : `Reading page ${run.page} of the message log`;
  if (!active) return `${messages(run.waiting)} to ask about, as soon as polling is possible`;
  if (secondsToGo === null) return `${messages(run.waiting)} to ask about`;
  return `${messages(run.waiting)} to ask about, ${howLong(secondsToGo, perMinute)}`;
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

export function aboutTime(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

function timeOfDay(at: Millis): string {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

function withoutStop(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}
