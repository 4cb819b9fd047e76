/**
 * Inbox to messages: the only writer of messages. Takes the oldest entries, understands each, applies
 * them in one transaction, and tells what changed after the commit. A crash before the commit means:
 * again, with the same result.
 */
import { diskTroubleOf } from '../domain/diskTrouble.ts';
import { raise } from '../domain/failure.ts';
import type { AccountId, InboxId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Fact, Normalised, Provider } from '../ports/provider.ts';
import { type InboxState, type Store, type StoredEntry, TO_REBUILD_KEY } from '../ports/store.ts';
import { type Again, type Applier, createApplier, type Tracking, type Verdict } from './apply.ts';
import { createReplayer, type MessageChange, type ReplayCount } from './replay.ts';
import type { StorageGuard } from './storageGuard.ts';
import { TRUST_NOBODY, type Trusting } from './trusting.ts';
import { understandEntry } from './understand.ts';

export type Drained = {
  readonly entries: number;
  readonly changed: readonly number[];
  readonly gone: readonly number[];
  /** What was said about sessions, codes and unnamed failures, for whoever acts on it. */
  readonly news: readonly { readonly account: AccountId; readonly receivedAt: number; readonly fact: Fact }[];
  readonly settled: readonly { readonly id: InboxId; readonly account: AccountId; readonly state: InboxState }[];
};

export type Drain = {
  /** Something was kept: drain soon. */
  nudge(): void;
  /** Drains until nothing is pending; for start-up and tests. */
  drainAll(): void;
  /** The oldest that is pending, on its own; `set aside` quarantines it unread. */
  drainOne(how: 'understand' | 'set aside'): void;
  /** Understands these entries again, from their bytes. With `dryRun` everything is taken back. */
  replay(
    ids: readonly InboxId[],
    dryRun: boolean,
    more?: { readonly anyway?: boolean; readonly onChange?: (change: MessageChange) => void },
  ): ReplayCount;
  stop(): void;
};

/** Entries in one transaction: enough to share the commit, few enough to let webhooks in between. */
const BATCH = 128;
const OUR_FAULT = 'our fault: Tickline could not work with this entry; it is kept and can be replayed after an update';
/** A transaction that took longer than this keeps webhooks waiting: the next helping is smaller. */
const LONG_MS = 200;
/** How long a first entry waits for company, ms. Short against the eye, long against a commit. */
const COMPANY_MS = 4;
/** After trouble with the disk. */
const AGAIN_MS = 1_000;

export function createDrain(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  tracking: Tracking;
  /** Left out, every webhook is a hint and no clock is known to be right. */
  trusting?: Trusting;
  /** The provider of an account; undefined once it was removed. */
  providerOf: (account: AccountId) => Provider | undefined;
  onDrained: (drained: Drained) => void;
  guard?: StorageGuard;
  /** Leaves out what is said of people who were erased. */
  sift?: (entry: StoredEntry, normalised: Normalised) => Normalised;
}): Drain {
  const { store, log } = deps;
  const applier = createApplier(store, deps.tracking, deps.trusting ?? TRUST_NOBODY);
  let cancel: (() => void) | undefined;
  let stopped = false;
  let helping = BATCH;

  function understand(entry: StoredEntry): Normalised {
    const normalised = understandEntry(entry, deps.providerOf(entry.account));
    return deps.sift?.(entry, normalised) ?? normalised;
  }

  function applyOne(entry: StoredEntry, news: NewsItem[], again?: Again): Verdict {
    const normalised = understand(again === undefined ? entry : withBytes(entry));
    const verdict = applier.apply(entry, normalised, again);
    for (const fact of normalised.facts) {
      if (fact.kind !== 'receipt' && fact.kind !== 'message' && fact.kind !== 'alias')
        news.push({ account: entry.account, receivedAt: entry.receivedAt, fact });
    }
    if (isForgotten(entry, verdict)) {
      store.inbox.forget(entry.id);
      return verdict;
    }
    settle(entry, verdict, again);
    if (again !== undefined) store.inbox.forgetEchoes(entry.id);
    // A repeat of one entry alone says so itself.
    if (verdict.repeats.size > 1 || (verdict.repeats.size === 1 && verdict.first === undefined)) store.inbox.echoed(entry.id, verdict.repeats);
    return verdict;
  }

  /** A repeat to the letter was stored without its bytes: they are those of the first. */
  function withBytes(entry: StoredEntry): StoredEntry {
    if (entry.duplicateOf === null || entry.body.length > 0) return entry;
    return { ...entry, body: store.inbox.get(entry.duplicateOf)?.body ?? entry.body };
  }

  /**
   * A poll's answer that says what the last one said is counted and not kept; unless its bytes are others than
   * those that said so before, or we understood them in part only: then a better reading may find more in them.
   */
  function isForgotten(entry: StoredEntry, verdict: Verdict): boolean {
    if (verdict.state !== 'duplicate' || entry.state !== 'kept' || entry.source !== 'poll') return false;
    return verdict.repeats.size === 0 ? verdict.reason === null : store.inbox.anyHasBytes(verdict.repeats, entry.body, entry.receivedAt);
  }

  function settle(entry: StoredEntry, verdict: Verdict, again?: Again): void {
    if (verdict.state === 'duplicate') {
      // Understood again, what it adds is known already; unless what it said is now said by another, which it repeats.
      const repeatsNow = verdict.first !== undefined && again !== undefined && again.said.size > 0;
      if (entry.state === 'applied' && !repeatsNow) return;
      if (entry.state === 'duplicate') {
        if (verdict.first === undefined || verdict.first === entry.duplicateOf) return;
        if (entry.duplicateOf !== null) store.inbox.unsettleRepeat(entry.id, entry.duplicateOf);
      }
      store.inbox.settleRepeat(entry.id, verdict.first, verdict.reason ?? 'everything in it was known already');
      return;
    }
    if (entry.duplicateOf !== null) store.inbox.unsettleRepeat(entry.id, entry.duplicateOf);
    if (verdict.state !== 'applied' || verdict.reason !== null || entry.state !== 'kept') store.inbox.settle(entry.id, verdict.state, verdict.reason);
  }

  /** Messages that a recovery gave receipts to; before anything is understood on top of them. */
  function rebuildSalvaged(): void {
    for (;;) {
      const rows = JSON.parse(store.settings.get(TO_REBUILD_KEY) ?? '[]') as number[];
      if (rows.length === 0) return;
      applier.reset();
      const [now, later] = [rows.slice(0, BATCH), rows.slice(BATCH)];
      const changes = store.transaction(() => {
        for (const row of now) applier.rebuild(row);
        applier.flush();
        if (later.length > 0) store.settings.put(TO_REBUILD_KEY, JSON.stringify(later));
        else store.settings.remove(TO_REBUILD_KEY);
        return applier.takeChanges();
      });
      tell({ entries: 0, changed: [...changes.changed], gone: [...changes.gone], news: [], settled: [] });
    }
  }

  function drainBatch(): number {
    rebuildSalvaged();
    const entries = store.inbox.pending(helping);
    if (entries.length === 0) return 0;
    const began = deps.clock.monotonic();
    const size = helping;
    try {
      commit(entries);
    } catch (error) {
      if (diskTroubleOf(error) !== undefined) throw error;
      // One of them is more than we can take. Each on its own, so that it harms only itself.
      log.warn('drain.batch-failed', { entries: entries.length, error: String(error) });
      for (const entry of entries) commitAlone(entry);
    }
    // An entry that takes long holds up nobody but those who share its transaction.
    if (deps.clock.monotonic() - began > LONG_MS) {
      log.info('drain.slow', { first: entries[0]?.id ?? 0, entries: entries.length, ms: Math.round(deps.clock.monotonic() - began) });
      helping = Math.max(1, helping >> 2);
    } else helping = Math.min(BATCH, helping * 2);
    return entries.length < size ? 0 : entries.length;
  }

  function commit(entries: readonly StoredEntry[], awakened: 'understand' | 'set aside' = 'understand'): void {
    const news: NewsItem[] = [];
    const settled: Settled[] = [];
    applier.reset();
    const changes = store.transaction(() => {
      for (const entry of entries) settled.push({ id: entry.id, account: entry.account, state: applyOne(entry, news).state });
      applier.flush();
      store.inbox.drainedTo((entries.at(-1) as StoredEntry).id);
      return wakeWaiting(news, settled, awakened);
    });
    tell({ entries: entries.length, changed: [...changes.changed], gone: [...changes.gone], news, settled });
  }

  /** After the commit: whatever its hearers make of it, the entries are understood. */
  function tell(drained: Drained): void {
    try {
      deps.onDrained(drained);
    } catch (error) {
      log.error('drain.telling-failed', { error: String(error) });
    }
  }

  /** Entries that waited for a message which has turned up are understood now, in the same transaction. */
  function wakeWaiting(news: NewsItem[], settled: Settled[], how: 'understand' | 'set aside' = 'understand') {
    const changed = new Set<number>();
    const gone = new Set<number>();
    for (;;) {
      const changes = applier.takeChanges();
      for (const row of changes.changed) changed.add(row);
      for (const row of changes.gone) gone.add(row);
      if (changes.awakened.length === 0) return { changed, gone };
      for (const id of changes.awakened) {
        const entry = store.inbox.get(id);
        if (entry === undefined) continue;
        if (how === 'set aside') store.inbox.settle(id, 'quarantined', OUR_FAULT);
        const state = how === 'set aside' ? 'quarantined' : applyOne(entry, news).state;
        settled.push({ id, account: entry.account, state });
      }
      applier.flush();
    }
  }

  function commitAlone(entry: StoredEntry): void {
    try {
      commit([entry]);
    } catch (error) {
      if (diskTroubleOf(error) !== undefined) throw error;
      setAside(entry, error);
    }
  }

  /** It may be another that broke us: one that had waited for the message which this one brings. */
  function setAside(entry: StoredEntry, cause: unknown): void {
    try {
      commit([entry], 'set aside');
      log.error('drain.awakened-failed', { inbox: entry.id, account: entry.account, error: String(cause) });
    } catch (error) {
      if (diskTroubleOf(error) !== undefined) throw error;
      quarantine(entry, String(error));
    }
  }

  /** Unread: it is more than we can take. */
  function quarantine(entry: StoredEntry, why: string): void {
    applier.reset();
    log.error('drain.entry-failed', { inbox: entry.id, account: entry.account, error: why });
    store.transaction(() => {
      store.inbox.settle(entry.id, 'quarantined', OUR_FAULT);
      store.inbox.drainedTo(entry.id);
    });
    tell({ entries: 1, changed: [], gone: [], news: [], settled: [{ id: entry.id, account: entry.account, state: 'quarantined' }] });
  }

  function turn(): void {
    cancel = undefined;
    if (stopped) return;
    if (deps.guard?.usable() === false) return schedule(AGAIN_MS);
    try {
      // One batch a turn: webhooks that came meanwhile are thanked before the next.
      if (drainBatch() > 0) schedule(0);
    } catch (error) {
      if (deps.guard === undefined) log.error('drain.storage', { error: String(error) });
      deps.guard?.failed(error, 0);
      schedule(AGAIN_MS);
    }
  }

  function schedule(ms: number): void {
    if (cancel === undefined && !stopped) cancel = deps.clock.after(ms, turn);
  }

  const replay = createReplayer({ store, log, applier, applyOne, wakeWaiting, tell });

  return {
    nudge: () => schedule(COMPANY_MS),
    drainOne(how) {
      rebuildSalvaged();
      const [entry] = store.inbox.pending(1);
      if (entry === undefined) return;
      if (how === 'understand') commitAlone(entry);
      else quarantine(entry, 'it ended Tickline twice');
    },
    drainAll() {
      while (drainBatch() > 0);
    },
    replay(ids, dryRun, more) {
      if (stopped) raise('shutting_down', 'Tickline is stopping. What was replayed until now stays.');
      return replay(ids, { dryRun, ...more });
    },
    stop() {
      stopped = true;
      cancel?.();
      cancel = undefined;
    },
  };
}

export type Settled = Drained['settled'][number];
export type NewsItem = Drained['news'][number];

export type { Applier, ReplayCount };
