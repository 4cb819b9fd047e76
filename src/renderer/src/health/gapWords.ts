/** A stretch in which nobody was listening, in words. */
import type { GapView } from '../../../shared/contract/views.ts';
import { clockTime, plural, startOfDay, timeWithDay } from '../ui/format.ts';

export function gapTimes(gap: GapView, now: number): string {
  if (gap.to === null) return `Since ${timeWithDay(gap.from, now)}`;
  const sameDay = startOfDay(gap.from) === startOfDay(gap.to);
  return `${timeWithDay(gap.from, now)} – ${sameDay ? clockTime(gap.to) : timeWithDay(gap.to, now)}`;
}

/** What asking afterwards brought. */
export function gapAfter(gap: GapView): string {
  if (gap.to === null) return 'Nobody is listening';
  if (gap.reconciledAt === null) return 'Still being asked about';
  return gap.recovered > 0 ? `${plural(gap.recovered, 'status was', 'statuses were')} recovered` : 'Nothing missed that we know of';
}
