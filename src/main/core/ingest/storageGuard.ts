/**
 * Watches over the disk. A commit that fails opens an episode: whoever sends is asked to come again, the owner
 * is told once, in words, and we go on trying by ourselves. After an error of input or output the connection is
 * given up for a new one before anything else is written, because after a failed fsync the system may have
 * thrown away what it could not write, and a second try would only seem to succeed. A full disk needs none of that.
 */
import { codeOf, type DiskTrouble, diskTroubleOf } from '../domain/diskTrouble.ts';
import type { Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export type StorageTrouble = {
  readonly kind: DiskTrouble;
  readonly since: Millis;
  /** What it is and what to do, in plain sentences. */
  readonly message: string;
  /** SQLite's own code, e.g. `SQLITE_IOERR_FSYNC`. */
  readonly detail: string;
  /** Webhooks and answers that could not be kept in this episode, and were not acknowledged. */
  readonly refused: number;
};

export type StorageNotice = { readonly level: 'info' | 'error'; readonly message: string; readonly detail: string | null };

export type StorageGuard = {
  /** Something could not be read or written; `refused` entries were not kept because of it. Errors that are none of the disk's are passed over. */
  failed(error: unknown, refused?: number): void;
  /** This many more were turned away without a try. */
  refused(count: number): void;
  /** A commit succeeded. */
  worked(): void;
  /** False while the connection is given up and no new one is there: nothing may be written. */
  usable(): boolean;
  /** The episode of now. */
  trouble(): StorageTrouble | undefined;
  stop(): void;
};

/** The first new connection is opened at once, the next ones after a while that doubles. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** How often we try by ourselves whether the disk takes a small commit again. */
const TRY_EVERY_MS = 1_000;
/** An episode ends after a commit and this long without a failure: a disk that is nearly full takes one in three. */
const CALM_MS = 3_000;

const WORDS: Readonly<Record<DiskTrouble, string>> = {
  full: 'The disk is full, so nothing new can be saved. Free some space; Tickline goes on by itself.',
  io: 'The disk reports errors, so nothing new can be saved. Tickline keeps trying and goes on by itself. If this comes back, make a backup and check the disk.',
  refused: 'The data folder cannot be written to, so nothing new can be saved. Give Tickline its folder back; it goes on by itself.',
  busy: 'Another program holds the data folder, so nothing new can be saved. Close it; Tickline goes on by itself.',
  damaged: 'The saved data is damaged, so nothing new can be saved. Restart Tickline to have it looked at.',
};
const MEANWHILE = 'Webhooks are answered with 503 meanwhile, and nothing is acknowledged that is not saved.';

/** `reopen` gives the connection up for a new one; `tryCommit` makes one small commit. Both throw while the disk does not let them. */
export function createStorageGuard(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly reopen: () => void;
  readonly tryCommit: () => void;
  readonly onNotice: (notice: StorageNotice) => void;
  /** Told at every sign of damage: trying again cannot help, and what is written to a damaged file may be lost. */
  readonly onDamaged?: (error: unknown) => void;
}): StorageGuard {
  const { clock, log } = deps;
  let episode: { kind: DiskTrouble; readonly since: Millis; detail: string; refused: number } | undefined;
  let given = false;
  let doubted = false;
  let reopenings = 0;
  let cancelReopen: (() => void) | undefined;
  let cancelTry: (() => void) | undefined;
  let cancelCalm: (() => void) | undefined;
  let stopped = false;

  function begin(kind: DiskTrouble, detail: string): NonNullable<typeof episode> {
    episode = { kind, since: clock.now(), detail, refused: 0 };
    log.error('storage.trouble', { kind, error: detail });
    deps.onNotice({ level: 'error', message: WORDS[kind], detail: `${detail}. ${MEANWHILE}` });
    return episode;
  }

  function failed(error: unknown, refused = 0): void {
    const said = diskTroubleOf(error);
    if (said === undefined || stopped) return;
    const kind = doubt(said);
    if (kind === 'damaged') deps.onDamaged?.(error);
    cancelCalm?.();
    cancelCalm = undefined;
    episode ??= begin(kind, codeOf(error));
    // The latest trouble is the one to act on; it is written down, but no second notice is made of it.
    if (kind !== episode.kind) log.warn('storage.trouble-changed', { kind, error: codeOf(error) });
    Object.assign(episode, { kind, detail: codeOf(error) });
    episode.refused += refused;
    if (kind === 'io' || kind === 'refused') giveUp();
    tryLater();
  }

  /**
   * SQLite tells a read that the disk refused as damage, too (SQLITE_IOERR_CORRUPTFS becomes SQLITE_CORRUPT), and that may
   * pass. So the first time in an episode it is taken for what the disk did, and only what a new connection meets again is believed.
   */
  function doubt(said: DiskTrouble): DiskTrouble {
    if (said !== 'damaged' || doubted) return said;
    doubted = true;
    return 'io';
  }

  function giveUp(): void {
    if (given) return;
    given = true;
    if (reopenings === 0) reopen();
    else waitToReopen();
  }

  function waitToReopen(): void {
    cancelReopen ??= clock.after(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(reopenings - 1, 10)), () => {
      cancelReopen = undefined;
      reopen();
    });
  }

  function reopen(): void {
    if (stopped) return;
    reopenings++;
    try {
      deps.reopen();
      given = false;
      log.info('storage.reopened', { attempt: reopenings });
    } catch (error) {
      log.warn('storage.not-reopened', { attempt: reopenings, error: String(error) });
      waitToReopen();
    }
  }

  function tryLater(): void {
    if (stopped) return;
    cancelTry ??= clock.after(TRY_EVERY_MS, () => {
      cancelTry = undefined;
      if (episode === undefined) return;
      try {
        if (!given) {
          deps.tryCommit();
          worked();
        }
      } catch (error) {
        failed(error);
      }
      tryLater();
    });
  }

  function worked(): void {
    if (episode === undefined || cancelCalm !== undefined) return;
    cancelCalm = clock.after(CALM_MS, () => {
      if (episode === undefined) return;
      const { refused, since, detail } = episode;
      cancelCalm = undefined;
      episode = undefined;
      doubted = false;
      reopenings = 0;
      cancelTry?.();
      cancelTry = undefined;
      log.info('storage.recovered', { refused, afterMs: clock.now() - since });
      const turnedAway = refused === 0 ? 'Nothing was turned away.' : `${refused} were turned away meanwhile, with a request to come again.`;
      deps.onNotice({ level: 'info', message: 'Saving works again.', detail: `${detail} is over. ${turnedAway}` });
    });
  }

  return {
    failed,
    refused(count) {
      if (episode !== undefined) episode.refused += count;
    },
    worked,
    usable: () => !given,
    trouble: () =>
      episode && { kind: episode.kind, since: episode.since, message: WORDS[episode.kind], detail: episode.detail, refused: episode.refused },
    stop() {
      stopped = true;
      for (const cancel of [cancelReopen, cancelTry, cancelCalm]) cancel?.();
    },
  };
}

/** The clock, with timers whose tasks may meet trouble with the disk: the guard hears of it, and the engine lives on. */
export function guardTimers(clock: Clock, guard: () => Pick<StorageGuard, 'failed'>): Clock {
  return {
    ...clock,
    after: (ms, task) =>
      clock.after(ms, () => {
        try {
          task();
        } catch (error) {
          if (diskTroubleOf(error) === undefined) throw error;
          guard().failed(error);
        }
      }),
  };
}
