/** The headline and the funnel, from counts by status. */
import type { FunnelView, Headline } from '../../../shared/contract/views.ts';
import { hasReached, isKnownFate, type Rung } from '../domain/status.ts';
import type { StatusCount } from '../ports/store.ts';

/** `pollable` is how many messages are still being asked about; what is open beyond those cannot be checked. */
export function headlineOf(counts: readonly StatusCount[], since: number, pollable: number, secondsToGo: number | null): Headline {
  const total = sum(counts, () => true);
  const known = sum(counts, (count) => isKnownFate(count.status ?? undefined));
  const open = total - known;
  const checking = Math.min(open, pollable);
  return { since, total, known, checking, unknown: open - checking, secondsToGo: checking > 0 ? secondsToGo : null };
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
