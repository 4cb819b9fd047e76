/**
 * Inbox to messages: the only writer of messages. Takes the oldest entries, understands each, applies
 * them in one transaction, and tells what changed after the commit. A crash before the commit means:
 * again, with the same result.
 */
import type { AccountId, InboxId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Fact, Normalised, Provider } from '../ports/provider.ts';
import type { InboxState, Store, StoredEntry } from '../ports/store.ts';
import { type Applier, createApplier, type Tracking, type Verdict } from './apply.ts';
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
const BATCH = 256;
/** How long a first entry waits for company, ms. Short against the eye, long against a commit. */
const COMPANY_MS = 8;

export function createDrain(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  tracking: Tracking;
  /** The provider of an account; undefined once it was removed. */
  providerOf: (account: AccountId) => Provider | undefined;
  onDrained: (drained: Drained) => void;
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

  function applyOne(entry: StoredEntry, news: NewsItem[]): Verdict {
    const normalised = understand(entry);
    const verdict = applier.apply(entry, normalised);
    for (const fact of normalised.facts) {
      if (fact.kind !== 'receipt' && fact.kind !== 'message' && fact.kind !== 'alias')
        news.push({ account: entry.account, receivedAt: entry.receivedAt, fact });
    }
    settle(entry, verdict);
    return verdict;
  }

  function settle(entry: StoredEntry, verdict: Verdict): void {
    if (verdict.state === 'duplicate') {
      if (entry.source === 'poll') store.inbox.forget(entry.id);
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
      if (isDiskTrouble(error)) throw error;
      // One of them is more than we can take. Each on its own, so that it harms only itself.
      log.warn('drain.batch-failed', { entries: entries.length, error: String(error) });
      for (const entry of entries) commitAlone(entry);
    }
    return entries.length;
  }

  function commit(entries: readonly StoredEntry[]): void {
    const news: NewsItem[] = [];
    const settled: Drained['settled'][number][] = [];
    applier.reset();
    const changes = store.transaction(() => {
      for (const entry of entries) settled.push({ id: entry.id, account: entry.account, state: applyOne(entry, news).state });
      applier.flush();
      store.inbox.drainedTo((entries.at(-1) as StoredEntry).id);
      return wakeWaiting(news);
    });
    deps.onDrained({ entries: entries.length, changed: [...changes.changed], gone: [...changes.gone], news, settled });
  }

  /** Entries that waited for a message which has turned up are understood now, in the same transaction. */
  function wakeWaiting(news: NewsItem[]) {
    const changed = new Set<number>();
    const gone = new Set<number>();
    for (;;) {
      const changes = applier.takeChanges();
      for (const row of changes.changed) changed.add(row);
      for (const row of changes.gone) gone.add(row);
      if (changes.awakened.length === 0) return { changed, gone };
      for (const id of changes.awakened) {
        const entry = store.inbox.get(id);
        if (entry !== undefined) applyOne(entry, news);
      }
      applier.flush();
    }
  }

  function commitAlone(entry: StoredEntry): void {
    try {
      commit([entry]);
    } catch (error) {
      if (isDiskTrouble(error)) throw error;
      applier.reset();
      log.error('drain.entry-failed', { inbox: entry.id, account: entry.account, error: String(error) });
      store.transaction(() => {
        store.inbox.settle(
          entry.id,
          'quarantined',
          'our fault: Tickline could not work with this entry; it is kept and can be replayed after an update',
        );
        store.inbox.drainedTo(entry.id);
      });
      deps.onDrained({ entries: 1, changed: [], gone: [], news: [], settled: [{ id: entry.id, account: entry.account, state: 'quarantined' }] });
    }
  }

  function turn(): void {
    cancel = undefined;
    if (stopped) return;
    try {
      // One batch a turn: webhooks that came meanwhile are thanked before the next.
      if (drainBatch() === BATCH) schedule(0);
    } catch (error) {
      log.error('drain.storage', { error: String(error) });
      schedule(1_000);
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
    replay(ids, dryRun) {
      const count: ReplayCount = { entries: 0, applied: 0, ignored: 0, quarantined: 0, unchanged: 0, messagesChanged: 0 };
      const news: NewsItem[] = [];
      const work = () => replayInside(ids, count, news);
      applier.reset();
      const changes = dryRun ? store.rehearse(work) : store.transaction(work);
      applier.reset();
      if (!dryRun)
        deps.onDrained({ entries: count.entries, changed: [...changes.changed], gone: [...changes.gone], news: [], settled: changes.settled });
      return count;
    },
    stop() {
      stopped = true;
      cancel?.();
      cancel = undefined;
    },
  };

  function replayInside(ids: readonly InboxId[], count: ReplayCount, news: NewsItem[]) {
    const settled: Drained['settled'][number][] = [];
    const before = new Map<number, string>();
    const picture = (row: number) => JSON.stringify(store.messages.byRow(row) ?? null);
    const entries = ids
      .map((id) => store.inbox.get(id))
      .filter((entry) => entry !== undefined && entry.duplicateOf === null && entry.state !== 'kept') as StoredEntry[];
    for (const entry of entries)
      for (const receipt of store.messages.receiptsOfEntry(entry.id))
        if (!before.has(receipt.messageRow)) before.set(receipt.messageRow, picture(receipt.messageRow));
    for (const entry of entries) for (const row of store.messages.dropReceiptsOfEntry(entry.id)) applier.rebuild(row);
    for (const entry of entries) {
      const verdict = applyOne(entry, news);
      count.entries++;
      if (verdict.state === 'quarantined') count.quarantined++;
      else if (verdict.state === 'ignored') count.ignored++;
      else if (verdict.state === 'duplicate') count.unchanged++;
      else count.applied++;
      settled.push({ id: entry.id, account: entry.account, state: verdict.state });
    }
    applier.flush();
    const changes = wakeWaiting(news);
    for (const row of [...changes.changed]) if (before.has(row) && picture(row) === before.get(row)) changes.changed.delete(row);
    count.messagesChanged = changes.changed.size + changes.gone.size;
    return { ...changes, settled };
  }
}

type NewsItem = Drained['news'][number];

function isDiskTrouble(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|CORRUPT|NOTADB)/.test(code);
}

export type { Applier };
