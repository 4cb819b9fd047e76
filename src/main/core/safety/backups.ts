/** Makes a backup every day and when asked, and tells when none can be made. Never while a restore is decided. */
import type { BackupsView } from '../../../shared/contract/storage.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { CopyResult, Safekeeping } from '../ports/safekeeping.ts';

export type Backups = {
  view(): BackupsView;
  /** Makes one now. Gives what came of it; `failed` also when one is being made already. */
  make(kind: 'daily' | 'asked'): Promise<CopyResult>;
  /** Begins to look, from time to time, whether one is due. */
  start(): void;
  stop(): void;
};

export type BackupNotice = { readonly level: 'info' | 'warning'; readonly message: string; readonly detail: string | null };

const DAY = 86_400_000;
/** After the start there is better to do; and what a first day brings is worth a copy within the hour. */
const FIRST_LOOK = 2 * 60_000;
const LOOK_EVERY = 10 * 60_000;
const AFTER_FAILURE = 60 * 60_000;
/** Room that stays free beside a copy, in bytes. */
const SPARE = 64 << 20;
/** How finely the progress is told. */
const STEPS = 50;

export function createBackups(deps: {
  readonly safekeeping: Safekeeping;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether there is anything worth a copy. */
  readonly hasRecords: () => boolean;
  readonly onNotice: (notice: BackupNotice) => void;
  readonly onChange: (view: BackupsView) => void;
  /** A page of the database is not in order. */
  readonly onDamage: (words: string) => void;
}): Backups {
  const { safekeeping, clock, log } = deps;
  let running: number | null = null;
  let problem: string | null = null;
  let notBefore = 0;
  let cancel: (() => void) | undefined;
  let stopped = false;

  const view = (): BackupsView => ({ backups: safekeeping.list(), running, problem, words: KEPT_WORDS });
  const tell = () => {
    if (!stopped) deps.onChange(view());
  };

  function progress(done: number): void {
    const step = Math.floor(done * STEPS) / STEPS;
    if (running === null || step <= running) return;
    running = step;
    tell();
  }

  async function make(kind: 'daily' | 'asked'): Promise<CopyResult> {
    if (running !== null) return { failed: 'a backup is being made already' };
    if (safekeeping.decided()) return { failed: 'a backup is about to be put back' };
    running = 0;
    tell();
    const result = await copy(kind)
      .catch((error: unknown): CopyResult => ({ failed: String(error) }))
      .finally(() => {
        running = null;
      });
    settle(result, kind);
    tell();
    return result;
  }

  async function copy(kind: 'daily' | 'asked'): Promise<CopyResult> {
    const { database, log: waiting, free } = safekeeping.sizes();
    const needed = database + waiting + SPARE;
    if (free !== null && free < needed) return { failed: `the disk has ${megabytes(free)} free, and a backup needs ${megabytes(needed)}` };
    const first = await safekeeping.copy(kind, clock.now(), progress);
    // A bad copy of a good database is possible too: only the second one in a row says that it is the database.
    return 'damaged' in first ? safekeeping.copy(kind, clock.now() + 1, progress) : first;
  }

  function settle(result: CopyResult, kind: 'daily' | 'asked'): void {
    if (stopped) return;
    if ('made' in result) {
      problem = null;
      log.info('backup.made', { id: result.made.id, bytes: result.made.bytes });
      tidy();
      return;
    }
    const words = 'damaged' in result ? result.damaged : result.failed;
    log.error('backup.failed', { words });
    notBefore = clock.now() + AFTER_FAILURE;
    if ('damaged' in result) return deps.onDamage(words);
    const message = 'Tickline could not make a backup.';
    if (problem !== words && kind === 'daily')
      deps.onNotice({ level: 'warning', message, detail: `The reason: ${words}. It is tried again every hour.` });
    problem = words;
  }

  function tidy(): void {
    try {
      safekeeping.tidy(clock.now());
    } catch (error) {
      log.warn('backup.not-tidied', { error: String(error) });
    }
  }

  /** The last one is a day old, or there is none yet of the records as they are since a recovery or a restore. */
  function isDue(): boolean {
    if (clock.now() < notBefore || !deps.hasRecords()) return false;
    const last = safekeeping.list().find((backup) => backup.kind !== 'migration')?.createdAt ?? 0;
    // a clock that was set back must not put backups off for ever
    return clock.now() - last >= DAY || last > clock.now() + DAY || last < (safekeeping.lastReport()?.at ?? 0);
  }

  const notMade = (error: unknown) => log.error('backup.failed', { words: String(error) });

  function look(): void {
    cancel = clock.after(LOOK_EVERY, look);
    try {
      if (running === null && !safekeeping.decided() && isDue()) make('daily').catch(notMade);
    } catch (error) {
      log.warn('backup.not-looked', { error: String(error) });
    }
  }

  return {
    view,
    make,
    start() {
      tidy();
      // whoever watched an engine before this one hears a number out of turn, and asks everything afresh
      tell();
      cancel = clock.after(FIRST_LOOK, look);
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}

const KEPT_WORDS =
  'A backup is made every day and checked by opening it. The last of each of 7 days and of 4 weeks is kept, with the 5 newest that you asked for and those from before an update. Keys are not in it, except for the secret part of your webhook addresses.';

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)
    .toLocaleString('en')
    .replaceAll(',', ' ')} MB`;
}
