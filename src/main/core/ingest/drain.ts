/**
 * Inbox to messages: the only writer of messages. Takes the oldest entries, understands each, applies
 * them in one transaction, and tells what changed after the commit. A crash before the commit means:
 * again, with the same result.
 */
import { isDeepStrictEqual } from 'node:util';
import { diskTroubleOf } from '../domain/diskTrouble.ts';
import type { AccountId, InboxId } from '../domain/ids.ts';
import { receiptKey } from '../domain/receipt.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Fact, Normalised, Provider } from '../ports/provider.ts';
import type { InboxState, MessageRecord, Store, StoredEntry } from '../ports/store.ts';
import { type Applier, createApplier, type Tracking, type Verdict } from './apply.ts';
import type { StorageGuard } from './storageGuard.ts';
import { readTracked } from './track.ts';

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
  /** Understands these entries again, from their bytes. With `dryRun` everything is taken back. */
  replay(ids: readonly InboxId[], dryRun: boolean): ReplayCount;
  stop(): void;
};

export type ReplayCount = { entries: number; applied: number; ignored: number; quarantined: number; unchanged: number; messagesChanged: number };

/** Entries in one transaction: enough to share the commit, few enough to let webhooks in between. */
const BATCH = 128;
const OUR_FAULT = 'our fault: Tickline could not work with this entry; it is kept and can be replayed after an update';
/** How long a first entry waits for company, ms. Short against the eye, long against a commit. */
const COMPANY_MS = 4;
/** After trouble with the disk. */
const AGAIN_MS = 1_000;

export function createDrain(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  tracking: Tracking;
  /** The provider of an account; undefined once it was removed. */
  providerOf: (account: AccountId) => Provider | undefined;
  onDrained: (drained: Drained) => void;
  guard?: StorageGuard;
}): Drain {
  const { store, log } = deps;
  const applier = createApplier(store, deps.tracking);
  let cancel: (() => void) | undefined;
  let stopped = false;

  function understand(entry: StoredEntry): Normalised {
    if (entry.shape === 'track') return readTracked(entry.body);
    const provider = deps.providerOf(entry.account);
    if (provider === undefined) return { facts: [], oddities: [{ kind: 'ignored', reason: 'its account was removed' }] };
    return provider.normalise({
      source: entry.source,
      shape: entry.shape,
      body: entry.body,
      receivedAt: entry.receivedAt,
      ...(entry.since === null ? {} : { since: entry.since }),
    });
  }

  function applyOne(entry: StoredEntry, news: NewsItem[], said?: ReadonlySet<string>): Verdict {
    const normalised = understand(entry);
    const verdict = applier.apply(entry, normalised, said);
    for (const fact of normalised.facts) {
      if (fact.kind !== 'receipt' && fact.kind !== 'message' && fact.kind !== 'alias')
        news.push({ account: entry.account, receivedAt: entry.receivedAt, fact });
    }
    settle(entry, verdict);
    return verdict;
  }

  function settle(entry: StoredEntry, verdict: Verdict): void {
    if (verdict.state === 'duplicate') {
      // Understood again, it has nothing to add to what it said itself.
      if (entry.state === 'applied') return;
      if (entry.state === 'kept' && entry.source === 'poll') store.inbox.forget(entry.id);
      else store.inbox.settleRepeat(entry.id, verdict.first, verdict.reason ?? 'everything in it was known already');
    } else if (verdict.state !== 'applied' || verdict.reason !== null || entry.state !== 'kept')
      store.inbox.settle(entry.id, verdict.state, verdict.reason);
  }

  function drainBatch(): number {
    const entries = store.inbox.pending(BATCH);
    if (entries.length === 0) return 0;
    try {
      commit(entries);
    } catch (error) {
      if (diskTroubleOf(error) !== undefined) throw error;
      // One of them is more than we can take. Each on its own, so that it harms only itself.
      log.warn('drain.batch-failed', { entries: entries.length, error: String(error) });
      for (const entry of entries) commitAlone(entry);
    }
    return entries.length;
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
      applier.reset();
      log.error('drain.entry-failed', { inbox: entry.id, account: entry.account, error: String(error) });
      store.transaction(() => {
        store.inbox.settle(entry.id, 'quarantined', OUR_FAULT);
        store.inbox.drainedTo(entry.id);
      });
      tell({ entries: 1, changed: [], gone: [], news: [], settled: [{ id: entry.id, account: entry.account, state: 'quarantined' }] });
    }
  }

  function turn(): void {
    cancel = undefined;
    if (stopped) return;
    if (deps.guard?.usable() === false) return schedule(AGAIN_MS);
    try {
      // One batch a turn: webhooks that came meanwhile are thanked before the next.
      if (drainBatch() === BATCH) schedule(0);
    } catch (error) {
      if (deps.guard === undefined) log.error('drain.storage', { error: String(error) });
      deps.guard?.failed(error, 0);
      schedule(AGAIN_MS);
    }
  }

  function schedule(ms: number): void {
    if (cancel === undefined && !stopped) cancel = deps.clock.after(ms, turn);
  }

  return {
    nudge: () => schedule(COMPANY_MS),
    drainAll() {
      while (drainBatch() > 0);
    },
    replay,
    stop() {
      stopped = true;
      cancel?.();
      cancel = undefined;
    },
  };

  function replay(ids: readonly InboxId[], dryRun: boolean): ReplayCount {
    try {
      return replayTogether(ids, dryRun);
    } catch (error) {
      applier.reset();
      if (diskTroubleOf(error) !== undefined) throw error;
      log.error('drain.replay-failed', { entries: ids.length, error: String(error) });
      // Each on its own, so that the one which breaks us harms only itself: it stays as it was.
      if (ids.length === 1) return { ...NO_REPLAY, entries: 1, quarantined: 1 };
      return ids.map((id) => replay([id], dryRun)).reduce(addCounts, NO_REPLAY);
    }
  }

  function replayTogether(ids: readonly InboxId[], dryRun: boolean): ReplayCount {
    const count = { ...NO_REPLAY };
    applier.reset();
    const work = () => replayInside(ids, count);
    const changes = dryRun ? store.rehearse(work) : store.transaction(work);
    applier.reset();
    if (!dryRun) tell({ entries: count.entries, changed: [...changes.changed], gone: [...changes.gone], news: [], settled: changes.settled });
    return count;
  }

  function replayInside(ids: readonly InboxId[], count: ReplayCount) {
    const settled: Settled[] = [];
    // Old news about sessions and codes is no news; nobody is told of it.
    const news: NewsItem[] = [];
    const before = new Map<number, MessageRecord | undefined>();
    const said = new Map<InboxId, ReadonlySet<string>>();
    // In the order of arrival, so that of two that say the same the first stays the one that said it.
    const entries = [...new Set(ids)]
      .toSorted((a, b) => a - b)
      .map((id) => store.inbox.get(id))
      .filter((entry) => entry !== undefined)
      .filter((entry) => entry.duplicateOf === null && entry.state !== 'kept');
    for (const entry of entries) {
      const receipts = store.messages.receiptsOfEntry(entry.id);
      said.set(entry.id, new Set(receipts.map((receipt) => receiptKey(receipt, receipt.source))));
      for (const { messageRow } of receipts) {
        if (before.has(messageRow)) continue;
        before.set(messageRow, store.messages.byRow(messageRow));
        applier.disturb(messageRow);
      }
    }
    for (const entry of entries) for (const row of store.messages.dropReceiptsOfEntry(entry.id)) applier.rebuild(row);
    for (const entry of entries) {
      const verdict = applyOne(entry, news, said.get(entry.id));
      count.entries++;
      if (verdict.state === 'quarantined') count.quarantined++;
      else if (verdict.state === 'ignored') count.ignored++;
      else if (verdict.state === 'duplicate') count.unchanged++;
      else count.applied++;
      settled.push({ id: entry.id, account: entry.account, state: verdict.state });
    }
    applier.flush();
    const changes = wakeWaiting(news, settled);
    for (const row of [...changes.changed])
      if (before.has(row) && isDeepStrictEqual(store.messages.byRow(row), before.get(row))) changes.changed.delete(row);
    count.messagesChanged = changes.changed.size + changes.gone.size;
    return { ...changes, settled };
  }
}

const NO_REPLAY: ReplayCount = { entries: 0, applied: 0, ignored: 0, quarantined: 0, unchanged: 0, messagesChanged: 0 };

function addCounts(a: ReplayCount, b: ReplayCount): ReplayCount {
  return {
    entries: a.entries + b.entries,
    applied: a.applied + b.applied,
    ignored: a.ignored + b.ignored,
    quarantined: a.quarantined + b.quarantined,
    unchanged: a.unchanged + b.unchanged,
    messagesChanged: a.messagesChanged + b.messagesChanged,
  };
}

type Settled = Drained['settled'][number];
type NewsItem = Drained['news'][number];

export type { Applier };
