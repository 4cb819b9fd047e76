/**
 * Group commit: everything that arrives while a commit is under way, or in the same turn of the event
 * loop, shares the next one. Nobody is thanked before the commit that holds their entry is on the disk.
 */

import { diskTroubleOf } from '../domain/diskTrouble.ts';
import type { InboxId } from '../domain/ids.ts';
import type { KeptAll } from '../ports/listener.ts';
import type { Log } from '../ports/log.ts';
import type { NewEntry, Store } from '../ports/store.ts';
import type { StorageGuard } from './storageGuard.ts';

export type Keeper = {
  /** Resolves after the commit that holds all of `entries`. Never rejects. */
  keepAll(entries: readonly NewEntry[]): Promise<KeptAll>;
  /** The same for one entry, with its number. */
  keep(entry: NewEntry): Promise<{ readonly kept: InboxId } | { readonly refused: Exclude<KeptAll, 'kept'> }>;
  /** Commits what waits, refuses what comes later. */
  close(): void;
};

/** More than this many entries waiting means that the disk does not keep up. */
export const QUEUE_LIMIT = 10_000;

function sizeOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { entries }) => sum + entries.length, 0);
}

type Waiting = { readonly entries: readonly NewEntry[]; readonly done: (result: KeptAll, ids: readonly InboxId[]) => void };

/** `schedule` runs the commit at the end of the current turn (setImmediate in the app). `onKept` is told after each commit. */
export function createKeeper(deps: {
  store: Store;
  log: Log;
  schedule: (task: () => void) => void;
  onKept: () => void;
  /** Told how commits end, and asked before each whether the disk may be tried. */
  guard?: StorageGuard;
  /** What may be written of an entry. */
  clean?: (entry: NewEntry) => NewEntry;
}): Keeper {
  let queue: Waiting[] = [];
  let queued = 0;
  let scheduled = false;
  let closed = false;

  function commit(): void {
    scheduled = false;
    const batch = queue;
    if (batch.length === 0) return;
    queue = [];
    queued = 0;
    if (deps.guard?.usable() === false) {
      deps.guard.refused(sizeOf(batch));
      return refuse(batch);
    }
    let ids: InboxId[][];
    try {
      ids = write(batch);
    } catch (error) {
      const trouble = diskTroubleOf(error) !== undefined;
      if (!trouble && commitWithoutGone(batch)) return;
      // The whole batch was rolled back: nobody in it was thanked, so every sender may try again.
      if (trouble && deps.guard !== undefined) deps.guard.failed(error, sizeOf(batch));
      else deps.log.error('inbox.commit-failed', { entries: sizeOf(batch), error: String(error) });
      return refuse(batch);
    }
    deps.guard?.worked();
    for (let i = 0; i < batch.length; i++) batch[i]?.done('kept', ids[i] ?? []);
    deps.onKept();
  }

  function refuse(batch: readonly Waiting[]): void {
    for (const { done } of batch) done('storage', []);
  }

  function write(batch: readonly Pick<Waiting, 'entries'>[]): InboxId[][] {
    return deps.store.transaction(() => batch.map(({ entries }) => entries.map((entry) => deps.store.inbox.keep(deps.clean?.(entry) ?? entry))));
  }

  /** An account may be removed while its last webhooks are on their way: those cannot be kept, and must not cost others theirs. */
  function commitWithoutGone(batch: readonly Waiting[]): boolean {
    try {
      const known = new Set<string>(deps.store.accounts.list().map((account) => account.id));
      if (batch.every(({ entries }) => entries.every((entry) => known.has(entry.account)))) return false;
      const left = batch.map(({ entries, done }) => ({ entries: entries.filter((entry) => known.has(entry.account)), done }));
      const ids = write(left);
      for (let i = 0; i < left.length; i++) left[i]?.done(left[i]?.entries.length === 0 ? 'closed' : 'kept', ids[i] ?? []);
    } catch {
      return false;
    }
    deps.onKept();
    return true;
  }

  function add(entries: readonly NewEntry[], done: Waiting['done']): void {
    if (closed) return done('closed', []);
    if (queued + entries.length > QUEUE_LIMIT) return done('full', []);
    queue.push({ entries, done });
    queued += entries.length;
    if (scheduled) return;
    scheduled = true;
    deps.schedule(commit);
  }

  return {
    keepAll: (entries) => new Promise((resolve) => add(entries, resolve)),
    keep: (entry) =>
      new Promise((resolve) => add([entry], (result, ids) => resolve(result === 'kept' ? { kept: ids[0] as InboxId } : { refused: result }))),
    close() {
      commit();
      closed = true;
    },
  };
}
