/** The headline and the funnel, from counts by status. */
import type { FunnelView, Headline } from '../../../shared/contract/views.ts';
import { hasReached, isKnownFate, type Rung } from '../domain/status.ts';
import type { StatusCount } from '../ports/store.ts';
import type { Coverage } from './coverage.ts';

/** What the headline needs to know of one account. */
export type AccountFigures = Coverage & {
  /** Of those that can be asked about, the ones being asked about now; all of them while polling is the only door. */
  readonly asking: number;
  readonly secondsToGo: number | null;
};

/**
 * Known fates, those being asked about, and those that nobody can tell us: open messages that cannot be
 * asked about and whose news may have come while no door was open. The rest is simply on its way.
 */
export function headlineOf(accounts: readonly AccountFigures[], since: number): Headline {
  const sums = { total: 0, known: 0, checking: 0, unknown: 0 };
  let secondsToGo: number | null = null;
  for (const { counts, outOfReach, asking, secondsToGo: seconds } of accounts) {
    const total = sum(counts, () => true);
    const known = sum(counts, (count) => isKnownFate(count.status ?? undefined));
    const open = total - known;
    const checking = Math.min(open, asking);
    sums.total += total;
    sums.known += known;
    sums.checking += checking;
    sums.unknown += Math.min(outOfReach, open - checking);
    if (checking > 0 && seconds !== null) secondsToGo = Math.max(secondsToGo ?? 0, seconds);
  }
  return { since, ...sums, secondsToGo };
}

/** How many of the counted messages are still open. */
export function openOf(counts: readonly StatusCount[]): number {
  return sum(counts, (count) => !isKnownFate(count.status ?? undefined));
}

export function funnelOf(
  counts: readonly StatusCount[],
  from: number,
  to: number,
  toDeliver: readonly number[],
  toRead: readonly number[],
): FunnelView {
  const reached = (rung: Rung) => sum(counts, (count) => count.status !== 'failed' && hasReached(count.status ?? undefined, rung));
  return {
    from,
    to,
    total: sum(counts, () => true),
    queued: sum(counts, (count) => count.status === 'queued'),
    sent: reached('sent'),
    delivered: reached('delivered'),
    read: reached('read'),
    failed: sum(counts, (count) => count.status === 'failed'),
    unknown: sum(counts, (count) => count.status === null),
    medianMsToDeliver: medianOf(toDeliver),
    medianMsToRead: medianOf(toRead),
  };
}

function sum(counts: readonly StatusCount[], which: (count: StatusCount) => boolean): number {
  return counts.reduce((total, count) => total + (which(count) ? count.count : 0), 0);
}

/** The middle of rising values; `null` under five, where a median says nothing. */
function medianOf(rising: readonly number[]): number | null {
  if (rising.length < 5) return null;
  const middle = rising.length >> 1;
  return rising.length % 2 === 1 ? (rising[middle] ?? null) : ((rising[middle - 1] ?? 0) + (rising[middle] ?? 0)) / 2;
}

/** Midnight, in this computer's time zone, of the Monday on or before `now`. */
export function mondayBefore(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day.getTime();
}

/** Midnight of the day of `now`, in this computer's time zone. */
export function midnightBefore(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

const QUARTER_MS = 15 * 60_000;
const QUARTERS_IN_WEEK = 7 * 24 * 4;

/** New messages a minute in the busiest quarter of an hour of the week that ended half an hour before `before`. */
export function busiestMinute(countBetween: (from: number, to: number) => readonly StatusCount[], before: number): number {
  const last = Math.floor(before / QUARTER_MS) - 1;
  let most = 0;
  for (let quarter = last - QUARTERS_IN_WEEK; quarter < last; quarter++)
    most = Math.max(
      most,
      sum(countBetween(quarter * QUARTER_MS, (quarter + 1) * QUARTER_MS), () => true),
    );
  return most / 15;
}
