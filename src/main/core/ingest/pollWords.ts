/** What polling and reconciling are doing, in words for the owner. Pure. */
import type { Failure } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import type { ReconcileRun } from '../ports/reconciles.ts';
import type { PollMode } from './poll.ts';

export type PollingFacts = {
  readonly provider: string;
  readonly mode: PollMode;
  readonly hasKey: boolean;
  readonly toldUntil: Millis | undefined;
  readonly resting: { readonly until: Millis; readonly failure: Failure } | undefined;
  readonly used: number;
  readonly perMinute: number;
  readonly due: number;
  readonly showTime: ((at: Millis) => string) | undefined;
};

export function pollingWords(facts: PollingFacts): string {
  const { provider, resting, toldUntil } = facts;
  const time = facts.showTime ?? timeOfDay;
  if (!facts.hasKey) return `Polling is off until a key for ${provider} is stored`;
  if (facts.mode === 'off') return 'Polling is off';
  if (toldUntil !== undefined) return `Waiting until ${time(toldUntil)} because ${provider} said so`;
  if (resting !== undefined) return `${withoutStop(resting.failure.message)}; next try at ${time(resting.until)}`;
  if (facts.used > 0 || facts.due > 0) return `Asking ${facts.used} of ${facts.perMinute} a minute`;
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
