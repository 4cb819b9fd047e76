/** How long each kind of data is kept, and the sweeper that removes what is older, a little at a time. */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RetentionKind, StoredKind } from '../ports/privacy.ts';
import type { Store } from '../ports/store.ts';

/** Days; null keeps it until the owner removes it. */
export type RetentionDays = Readonly<Record<RetentionKind, number | null>>;

/**
 * A year of messages answers "as last year?"; bytes are for engineers and serve a mapping fix of the last weeks,
 * but what was not understood is the only trace of its news and waits longer for the fix; a message that did not
 * turn up in two weeks will not; and an export is fetched at once or not at all.
 */
export const DEFAULT_DAYS: RetentionDays = { messages: 365, bodies: 30, deadLetters: 90, ignored: 30, waiting: 14, gaps: 365, exports: 1 };
export const RETENTION_KINDS = Object.keys(DEFAULT_DAYS) as readonly RetentionKind[];
/** Waiting first, so that what waited in vain may then go with the ignored; messages before the gaps that explain them. */
const ORDER: readonly StoredKind[] = ['waiting', 'messages', 'bodies', 'deadLetters', 'ignored', 'gaps'];

export type Removal = { readonly rows: number; readonly bytes: number };
export type Sweep = { readonly at: number; readonly removed: Readonly<Partial<Record<RetentionKind, number>>> };

export type Retention = {
  days(): RetentionDays;
  put(change: Partial<RetentionDays>): RetentionDays;
  /** What these periods would remove now. */
  preview(days: RetentionDays): Promise<Readonly<Record<RetentionKind, Removal>>>;
  /** Removes what is due now; resolves to what went. Called again meanwhile, it is the same sweep. */
  sweep(): Promise<Sweep>;
  last(): Sweep | undefined;
  /** Sweeps a minute from now and then daily. */
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
};

const KEY = 'retention';
const LAST_KEY = 'retention-swept';
const DAY_MS = 24 * 3_600_000;
const FIRST_MS = 60_000;
/** Rows removed in one transaction: a few milliseconds. */
const AT_ONCE = 200;

export function createRetention(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  breathe: () => Promise<void>;
  /** The export files older than this: how many and how large. */
  countExports: (before: number) => Promise<Removal>;
  removeExports: (before: number) => Promise<number>;
  onRemoved: () => void;
}): Retention {
  const { store, clock } = deps;
  let days: RetentionDays = { ...DEFAULT_DAYS, ...(JSON.parse(store.settings.get(KEY) ?? '{}') as Partial<RetentionDays>) };
  let underWay: Promise<Sweep> | undefined;
  let cancel: (() => void) | undefined;
  let stopped = false;

  const before = (kept: number | null) => (kept === null ? undefined : clock.now() - kept * DAY_MS);

  async function each(kind: StoredKind, limit: number, look: (ids: readonly number[], bytes: number) => void): Promise<void> {
    for (let after: number | undefined = 0; after !== undefined && !stopped; await deps.breathe()) {
      const found: ReturnType<typeof store.retention.find> = store.retention.find(kind, limit, after);
      for (let i = 0; i < found.ids.length && !stopped; i += AT_ONCE) {
        look(found.ids.slice(i, i + AT_ONCE), i === 0 ? found.bytes : 0);
        if (found.ids.length > AT_ONCE) await deps.breathe();
      }
      after = found.next;
    }
  }

  async function preview(wanted: RetentionDays): Promise<Readonly<Record<RetentionKind, Removal>>> {
    const sums = Object.fromEntries(RETENTION_KINDS.map((kind) => [kind, { rows: 0, bytes: 0 }])) as Record<
      RetentionKind,
      { rows: number; bytes: number }
    >;
    for (const kind of ORDER) {
      const limit = before(wanted[kind]);
      if (limit === undefined) continue;
      await each(kind, limit, (ids, bytes) => {
        sums[kind].rows += ids.length;
        sums[kind].bytes += bytes;
      });
    }
    const limit = before(wanted.exports);
    if (limit !== undefined) sums.exports = await deps.countExports(limit);
    return sums;
  }

  async function run(): Promise<Sweep> {
    const removed: Partial<Record<RetentionKind, number>> = {};
    for (const kind of ORDER) {
      const limit = before(days[kind]);
      if (limit === undefined) continue;
      const words = `the message it speaks of did not turn up within ${days[kind]} days`;
      await each(kind, limit, (ids) => {
        store.transaction(() => store.retention.remove(kind, ids, clock.now(), words));
        removed[kind] = (removed[kind] ?? 0) + ids.length;
      });
      if (kind === 'gaps' && !stopped) store.transaction(() => store.retention.removeRuns(limit));
    }
    const limit = before(days.exports);
    const files = limit === undefined ? 0 : await deps.removeExports(limit);
    if (files > 0) removed.exports = files;
    const sweep = { at: clock.now(), removed };
    if (stopped) return sweep;
    store.settings.put(LAST_KEY, JSON.stringify(sweep));
    if (Object.keys(removed).length > 0) {
      deps.log.info('retention.swept', removed);
      deps.onRemoved();
    }
    return sweep;
  }

  function sweep(): Promise<Sweep> {
    underWay ??= run().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  function plan(ms: number): void {
    cancel = clock.after(ms, () => {
      sweep()
        .catch((error: unknown) => deps.log.error('retention.failed', { error: String(error) }))
        .finally(() => (stopped ? undefined : plan(DAY_MS)));
    });
  }

  return {
    days: () => days,
    put(change) {
      days = { ...days, ...change };
      store.settings.put(KEY, JSON.stringify(days));
      return days;
    },
    preview,
    sweep,
    last() {
      const stored = store.settings.get(LAST_KEY);
      return stored === undefined ? undefined : (JSON.parse(stored) as Sweep);
    },
    start: () => plan(FIRST_MS),
    async stop() {
      stopped = true;
      cancel?.();
      await underWay?.catch(() => undefined);
    },
  };
}
