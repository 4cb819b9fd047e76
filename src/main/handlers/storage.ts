import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { BackupFacts, BackupPreview, RecoveryReport } from '../../shared/contract/storage.ts';
import { raise } from '../core/domain/failure.ts';
import type { Log } from '../core/ports/log.ts';
import type { RestartReason, Safekeeping } from '../core/ports/safekeeping.ts';
import { type Backups, createBackups } from '../core/safety/backups.ts';
import { storageInWords } from '../core/safety/storageWords.ts';
import type { Parts } from './parts.ts';

type Names = 'storage.status' | 'storage.seen' | 'backups.list' | 'backups.create' | 'backups.preview' | 'backups.restore';

/** Where the report of the last recovery stands among the settings; written by the recovery itself. */
const RECOVERY_KEY = 'recovery';
const SEEN_KEY = 'recovery-seen';
/** The answer to the request leaves before the engine does. */
const ANSWER_FIRST_MS = 200;
const FOREVER = 8_640_000_000_000_000;

export type Storage = {
  readonly backups: Backups;
  /** The database is damaged: that is decided durably, and the engine starts again to recover it. Once. */
  damaged(error: unknown): void;
};

export function storageHandlers(
  parts: Parts & { readonly log: Log; readonly safekeeping: Safekeeping; readonly restart: (why: RestartReason) => void },
): Pick<EngineHandlers, Names> & { readonly storage: Storage } {
  const { store, clock, safekeeping, publisher, log } = parts;
  let leaving = false;

  const backups = createBackups({
    safekeeping,
    clock,
    log,
    hasRecords: () => store.accounts.list().some((account) => !account.demo) || countNow() > 0,
    onNotice: (notice) => publisher.notice({ ...notice, account: null }),
    onChange: (view) => publisher.backups(view),
    onDamage: damaged,
  });

  function countNow(): number {
    return store.messages.countByStatus(0, FOREVER).reduce((sum, { count }) => sum + count, 0);
  }

  function leave(why: RestartReason, ms: number): void {
    if (leaving) return;
    leaving = true;
    clock.after(ms, () => parts.restart(why));
  }

  function damaged(error: unknown): void {
    if (leaving) return;
    log.error('storage.damaged', { error: String(error) });
    try {
      safekeeping.decideRecovery(error, clock.now());
    } catch (cause) {
      // without the decision a restart would find nothing to do, and damage again
      log.error('storage.recovery-not-decided', { error: String(cause) });
      return;
    }
    leave('damaged', 0);
  }

  function lastRecovery(): (RecoveryReport & { seen: boolean }) | null {
    const inside = parse(store.settings.get(RECOVERY_KEY));
    const beside = safekeeping.lastReport();
    const last = inside !== undefined && (beside === undefined || inside.at >= beside.at) ? inside : beside;
    return last === undefined ? null : { ...last, seen: store.settings.get(SEEN_KEY) === last.id };
  }

  function factsNow(): BackupFacts {
    const newest = store.messages.page({}, undefined, 1)[0];
    const entry = store.inbox.page({}, undefined, 1)[0];
    return {
      version: 0,
      accounts: store.accounts.list().length,
      messages: countNow(),
      entries: Object.values(store.inbox.counts()).reduce((sum, count) => sum + count, 0),
      lastEntry: entry?.id ?? 0,
      newestMessageAt: newest?.firstAt ?? null,
      newestEntryAt: entry?.receivedAt ?? null,
    };
  }

  async function preview(id: string): Promise<BackupPreview> {
    const backup = safekeeping.find(id) ?? raise('not_found', 'That backup is not there any more.');
    const found = await safekeeping.look(id);
    const now = factsNow();
    if ('failed' in found)
      return {
        backup,
        good: false,
        words: `This backup cannot be put back: ${found.failed}.`,
        inBackup: null,
        now,
        lost: { messages: 0, entries: 0, since: null },
      };
    const { facts } = found;
    const lost = {
      messages: store.messages.count({ from: (facts.newestMessageAt ?? -1) + 1 }),
      entries: Math.max(0, now.lastEntry - facts.lastEntry),
      since: facts.newestEntryAt ?? facts.newestMessageAt,
    };
    const words =
      lost.entries === 0 && lost.messages === 0
        ? 'Nothing has arrived since this backup was made.'
        : 'What arrived since then is set aside, not deleted, and Tickline asks the provider about every message that is still open.';
    return { backup, good: true, words, inBackup: facts, now, lost };
  }

  return {
    storage: {
      backups,
      damaged,
    },
    'storage.status': () => {
      const recovery = lastRecovery();
      const { database, log: walBytes, free } = safekeeping.sizes();
      const last = safekeeping.list().find((backup) => backup.kind !== 'migration');
      const checked = safekeeping.list().find((backup) => backup.kind !== 'migration' && backup.facts !== null);
      return {
        ...storageInWords(recovery, parts.storageTrouble()?.message ?? null),
        databaseBytes: database,
        walBytes,
        freeBytes: free,
        checkedAt: checked?.createdAt ?? null,
        lastBackupAt: last?.createdAt ?? null,
        lastRecovery: recovery,
      };
    },
    'storage.seen': ({ id }) => {
      store.settings.put(SEEN_KEY, id);
      return { seen: true };
    },
    'backups.list': () => backups.view(),
    'backups.create': async () => {
      const result = await backups.make('asked');
      if ('made' in result) return result.made;
      if ('damaged' in result)
        raise('storage_unavailable', 'The database is damaged, which the copy showed. Tickline is recovering it now.', { detail: result.damaged });
      raise('storage_unavailable', `The backup could not be made: ${result.failed}.`);
    },
    'backups.preview': ({ id }) => preview(id),
    'backups.restore': async ({ id }) => {
      const { good, words } = await preview(id);
      if (!good) raise('conflict', words);
      if (backups.view().running !== null)
        raise('busy', 'A backup is being made just now. Put this one back when it is done.', { retry: true, afterMs: 5000 });
      if (leaving || safekeeping.decided()) raise('busy', 'Tickline is starting again already.', { retry: true, afterMs: 2000 });
      // An older database knows nothing of the work, and would bring the person back.
      if (store.privacy.erasures().some(({ finishedAt }) => finishedAt === null))
        raise('busy', 'A contact is being erased just now. Put this backup back when that is done.', { retry: true, afterMs: 5000 });
      safekeeping.decideRestore(id, clock.now());
      leave('restore', ANSWER_FIRST_MS);
      return { restarting: true };
    },
  };
}

function parse(text: string | undefined): RecoveryReport | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as RecoveryReport;
  } catch {
    return undefined;
  }
}
