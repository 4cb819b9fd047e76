/** From the roll-up to what is shown: medians and 95th percentiles by door, and requests spent and spared. */
import type { AccountFreshness, DoorFreshness, DurationFigures, DurationRange, RequestFigures } from '../../../shared/contract/freshness.ts';
import { bucketBounds, FRESH_DOORS, type FreshKind } from '../domain/freshness.ts';
import type { FreshnessCount, RequestUse } from '../ports/freshness.ts';

export function accountFreshness(
  about: Pick<AccountFreshness, 'account' | 'name' | 'demo'>,
  counts: readonly FreshnessCount[],
  requests: Readonly<Record<RequestUse, number>>,
): AccountFreshness {
  const doors = FRESH_DOORS.map((door) =>
    doorFreshness(
      door,
      counts.filter((count) => count.door === door),
    ),
  ).filter((door) => door.told > 0);
  const heard = counts.filter((count) => count.door !== 'send');
  return {
    ...about,
    doors,
    heard: sum(heard, (count) => count.told),
    onlyAsked: sum(heard, (count) => (count.door === 'webhook' ? 0 : count.told - count.confirmed)),
    requests: requestFigures(requests),
  };
}

function doorFreshness(door: DoorFreshness['door'], counts: readonly FreshnessCount[]): DoorFreshness {
  const of = (kind: FreshKind) => counts.filter((count) => count.kind === kind);
  return {
    door,
    told: sum(counts, (count) => count.told),
    stated: durationFigures(of('stated')),
    atMost: durationFigures(of('bound')),
    unknown: sum(of('unknown'), (count) => count.told),
  };
}

function durationFigures(counts: readonly FreshnessCount[]): DurationFigures | null {
  const count = sum(counts, (each) => each.told);
  return count === 0 ? null : { count, median: quantile(counts, count, 0.5), p95: quantile(counts, count, 0.95) };
}

/** The bucket that holds the smallest value which at least `share` of all do not exceed. */
export function quantile(counts: readonly Pick<FreshnessCount, 'bucket' | 'told'>[], total: number, share: number): DurationRange {
  const rank = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (const { bucket, told } of counts.toSorted((a, b) => a.bucket - b.bucket)) {
    seen += told;
    if (seen >= rank) return bucketBounds(bucket);
  }
  return bucketBounds(0);
}

function requestFigures(requests: Readonly<Record<RequestUse, number>>): RequestFigures {
  const { question, log, interactive, refused, loop } = requests;
  return { questions: question, logPages: log, interactive, refused, loop, spared: Math.max(0, loop - question - log) };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
