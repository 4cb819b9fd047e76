/**
 * Group commit: everything that arrives while a commit is under way, or in the same turn of the event
 * loop, shares the next one. Nobody is thanked before the commit that holds their entry is on the disk.
 */
import type { Log } from '../ports/log.ts';
import type { InboxId } from '../domain/ids.ts';
import type { NewEntry, Store } from '../ports/store.ts';

export type KeepResult = { readonly kept: InboxId } | { readonly refused: 'full' | 'storage' | 'closed' };

export type Keeper = {
  /** Resolves after the commit. Never rejects: what could not be kept is `refused`. */
  keep(entry: NewEntry): Promise<KeepResult>;
  /** Entries waiting for their commit. */
  waiting(): number;
  /** Commits what waits, refuses what comes later. */
  close(): void;
};

/** More than this many entries waiting means that the disk does not keep up. */
export const QUEUE_LIMIT = 10_000;

type Waiting = { readonly entry: NewEntry; readonly done: (result: KeepResult) => void };

/** `schedule` runs the commit at the end of the current turn (setImmediate in the app). `onKept` is told after each commit. */
export function createKeeper(deps: { store: Store; log: Log; schedule: (task: () => void) => void; onKept: () => void }): Keeper {
  let queue: Waiting[] = [];
  let scheduled = false;
  let closed = false;

  function commit(): void {
    scheduled = false;
    const batch = queue;
    if (batch.length === 0) return;
    queue = [];
    let results: KeepResult[];
    try {
      results = deps.store.transaction(() => batch.map(({ entry }) => ({ kept: deps.store.inbox.keep(entry) })));
    } catch (error) {
      // The whole batch was rolled back: nobody in it was thanked, so every sender may try again.
      deps.log.error('inbox.commit-failed', { entries: batch.length, error: String(error) });
      for (const { done } of batch) done({ refused: 'storage' });
      return;
    }
    for (let i = 0; i < batch.length; i++) batch[i]?.done(results[i] as KeepResult);
    deps.onKept();
  }

  return {
    keep(entry) {
      if (closed) return Promise.resolve({ refused: 'closed' });
      if (queue.length >= QUEUE_LIMIT) return Promise.resolve({ refused: 'full' });
      return new Promise((done) => {
        queue.push({ entry, done });
        if (!scheduled) {
          scheduled = true;
          deps.schedule(commit);
        }
      });
    },
    waiting: () => queue.length,
    close() {
      closed = true;
      commit();
    },
  };
}
