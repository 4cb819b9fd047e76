/**
 * Understands entries a second time, from their bytes: after a mapping was mended, what was quarantined
 * heals, and what was understood wrongly is taken back. What an entry said before is dropped first, so every
 * other entry that had said the same, and was counted as a repeat, is understood together with it: nothing
 * true is lost with the entry that happened to say it first.
 */
import { isDeepStrictEqual } from 'node:util';
import { diskTroubleOf } from '../domain/diskTrouble.ts';
import type { InboxId } from '../domain/ids.ts';
import { receiptKey } from '../domain/receipt.ts';
import type { Log } from '../ports/log.ts';
import type { MessageRecord, Store, StoredEntry } from '../ports/store.ts';
import type { Applier, Before, Verdict } from './apply.ts';
import type { Drained, NewsItem, Settled } from './drain.ts';

export type ReplayCount = { entries: number; applied: number; ignored: number; quarantined: number; unchanged: number; messagesChanged: number };

/** One message that a replay changes, or would change; `before` is undefined for one that it makes, `after` for one that was joined with another. */
export type MessageChange = { readonly row: number; readonly before: MessageRecord | undefined; readonly after: MessageRecord | undefined };

export type ReplayOptions = {
  /** Everything is taken back afterwards. */
  readonly dryRun: boolean;
  /** Also what was quarantined because it cannot be true is applied: the owner knows better. */
  readonly anyway?: boolean;
  readonly onChange?: (change: MessageChange) => void;
};

export type Replayer = (ids: readonly InboxId[], options: ReplayOptions) => ReplayCount;

export const NO_REPLAY: Readonly<ReplayCount> = { entries: 0, applied: 0, ignored: 0, quarantined: 0, unchanged: 0, messagesChanged: 0 };

/** What replaying shares with the first understanding. */
export type ReplayDeps = {
  readonly store: Store;
  readonly log: Log;
  readonly applier: Applier;
  readonly applyOne: (entry: StoredEntry, news: NewsItem[], again: { readonly said: ReadonlySet<string>; readonly anyway: boolean }) => Verdict;
  readonly wakeWaiting: (news: NewsItem[], settled: Settled[]) => { readonly changed: Set<number>; readonly gone: Set<number> };
  readonly tell: (drained: Drained) => void;
};

export function createReplayer({ store, log, applier, applyOne, wakeWaiting, tell }: ReplayDeps): Replayer {
  function replay(ids: readonly InboxId[], options: ReplayOptions): ReplayCount {
    try {
      return replayTogether(ids, options);
    } catch (error) {
      applier.reset();
      if (diskTroubleOf(error) !== undefined) throw error;
      log.error('drain.replay-failed', { entries: ids.length, error: String(error) });
      // Each on its own, so that the one which breaks us harms only itself: it stays as it was.
      if (ids.length === 1) return { ...NO_REPLAY, entries: 1, quarantined: 1 };
      return ids.map((id) => replay([id], options)).reduce(addCounts, NO_REPLAY);
    }
  }

  function replayTogether(ids: readonly InboxId[], options: ReplayOptions): ReplayCount {
    const count = { ...NO_REPLAY };
    const before = new Map<number, Before | undefined>();
    applier.reset();
    applier.watch(before);
    const work = () => replayInside(ids, options, count, before);
    const done = options.dryRun ? store.rehearse(work) : store.transaction(work);
    applier.reset();
    for (const change of done.changes) options.onChange?.(change);
    if (!options.dryRun) tell({ entries: count.entries, changed: [...done.changed], gone: [...done.gone], news: [], settled: done.settled });
    return count;
  }

  function replayInside(ids: readonly InboxId[], options: ReplayOptions, count: ReplayCount, before: Map<number, Before | undefined>) {
    const settled: Settled[] = [];
    // Old news about sessions and codes is no news; nobody is told of it.
    const news: NewsItem[] = [];
    const { entries, asked, sameBytes } = gather(ids);
    const said = new Map<InboxId, ReadonlySet<string>>();
    for (const entry of entries) {
      const receipts = store.messages.receiptsOfEntry(entry.id);
      said.set(entry.id, new Set(receipts.map((receipt) => receiptKey(receipt, receipt.source))));
      for (const row of new Set(receipts.map((receipt) => receipt.messageRow))) applier.disturb(row);
    }
    for (const entry of entries) for (const row of store.messages.dropReceiptsOfEntry(entry.id)) applier.rebuild(row);
    for (const entry of entries) {
      const verdict = applyOne(entry, news, { said: said.get(entry.id) ?? new Set(), anyway: options.anyway === true });
      settled.push({ id: entry.id, account: entry.account, state: verdict.state });
      if (!asked.has(entry.id)) continue;
      count.entries++;
      if (verdict.state === 'quarantined') count.quarantined++;
      else if (verdict.state === 'ignored') count.ignored++;
      else if (verdict.state === 'duplicate') count.unchanged++;
      else count.applied++;
    }
    count.entries += sameBytes;
    count.unchanged += sameBytes;
    applier.flush();
    const { changed, gone } = wakeWaiting(news, settled);
    const changes = changesOf(before, changed, gone);
    count.messagesChanged = changes.length;
    return { changed: new Set(changes.filter(({ after }) => after !== undefined).map(({ row }) => row)), gone, settled, changes };
  }

  /**
   * The entries to understand: those asked for, and those that are bound to them by having said the same.
   * In the order of arrival, so that of two that say the same the first stays the one that said it; repeats
   * come last, because they were repeats of what had been understood before them.
   */
  function gather(ids: readonly InboxId[]): { entries: readonly StoredEntry[]; asked: ReadonlySet<InboxId>; sameBytes: number } {
    const asked = new Set<InboxId>();
    const found = new Map<InboxId, StoredEntry>();
    const look = (id: InboxId): StoredEntry | undefined => {
      const entry = found.get(id) ?? store.inbox.get(id);
      // An entry whose bytes were removed says nothing any more; what it said stays.
      return entry === undefined || entry.state === 'kept' || entry.removedAt !== null ? undefined : entry;
    };
    let sameBytes = 0;
    for (const id of new Set(ids)) {
      const entry = look(id);
      if (entry === undefined) continue;
      // A repeat to the letter has no bytes of its own: it says what its first says.
      const first = entry.duplicateOf !== null && entry.body.length === 0 ? look(entry.duplicateOf) : undefined;
      if (first === undefined && entry.duplicateOf !== null && entry.body.length === 0) continue;
      if (first !== undefined) sameBytes++;
      else asked.add(id);
      found.set((first ?? entry).id, first ?? entry);
    }
    // A map goes on to what is added while it is walked.
    for (const id of found.keys()) {
      for (const echo of store.inbox.echoesOf(id)) {
        const entry = found.has(echo) ? undefined : look(echo);
        if (entry !== undefined) found.set(echo, entry);
      }
    }
    const entries = [...found.values()].toSorted((a, b) => Number(a.duplicateOf !== null) - Number(b.duplicateOf !== null) || a.id - b.id);
    return { entries, asked, sameBytes };
  }

  function changesOf(before: ReadonlyMap<number, Before | undefined>, changed: ReadonlySet<number>, gone: ReadonlySet<number>): MessageChange[] {
    const changes: MessageChange[] = [];
    for (const row of [...changed, ...gone]) {
      const was = before.get(row);
      const after = store.messages.byRow(row);
      if (was === undefined && after === undefined) continue;
      const same =
        was !== undefined &&
        isDeepStrictEqual(after, was.message) &&
        (was.message.kind !== 'group' || isDeepStrictEqual(store.messages.lanes(row), was.lanes));
      if (!same) changes.push({ row, before: was?.message, after });
    }
    return changes;
  }

  return replay;
}

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
