/** Builds the library that makes the disk misbehave (faults.c), and steers it while the app runs. */
import { execFile } from 'node:child_process';
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The words of the shared control file, as in faults.c. */
const WORD = { mode: 0, budget: 1, kinds: 2, countdown: 3, failures: 4, injected: 5, reads: 6, writes: 7, syncs: 8, opens: 9, files: 10 } as const;
const WORDS = 16;
const MODE = { none: 0, growth: 1, bytes: 2, eio: 3 } as const;
export const CALL = { read: 1, write: 2, sync: 4 } as const;
export const FILE = { both: 0, database: 1, log: 2 } as const;

export type Shim = {
  /** What the app's process needs in its environment. */
  env(database: string, control: string, journal?: string): Record<string, string>;
  remove(): Promise<void>;
};

/** Undefined, with the reason told, where there is no Linux or no C compiler. */
export async function buildShim(say: (words: string) => void): Promise<Shim | undefined> {
  if (process.platform !== 'linux') {
    say('Faults of the disk can only be played on Linux.');
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'tickline-shim-'));
  const library = join(folder, 'faults.so');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'faults.c'), '-ldl', '-lpthread']);
  } catch (error) {
    await remove();
    say(`Faults of the disk need a C compiler (cc), and there is none that works here: ${String(error).slice(0, 300)}`);
    return undefined;
  }
  return {
    env: (database, control, journal) => ({
      LD_PRELOAD: library,
      TICKLINE_SHIM_FILE: database,
      TICKLINE_SHIM_CONTROL: control,
      ...(journal === undefined ? {} : { TICKLINE_SHIM_JOURNAL: journal }),
    }),
    remove,
  };
}

export type Steering = {
  /** The disk takes this many bytes more: `growth` counts what makes a file longer, `bytes` whatever is written. */
  fullAfter(bytes: number, what: 'growth' | 'bytes'): void;
  /** The k-th call from now of these kinds fails with EIO, and so do the following ones, `times` in all. */
  failing(kinds: number, k: number, times: number, file?: number): void;
  /** The disk is well again. */
  heal(): void;
  counts(): Readonly<Record<'injected' | 'reads' | 'writes' | 'syncs' | 'opens', number>>;
  close(): void;
};

/** Makes the control file at `path`; before the app starts. */
export function createSteering(path: string): Steering {
  writeFileSync(path, Buffer.alloc(WORDS * 8));
  const fd = openSync(path, 'r+');
  const put = (word: keyof typeof WORD, value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(fd, bytes, 0, 8, WORD[word] * 8);
  };
  return {
    fullAfter(bytes, what) {
      put('mode', MODE.none);
      put('budget', bytes);
      put('mode', MODE[what]);
    },
    failing(kinds, k, times, file = FILE.both) {
      put('mode', MODE.none);
      put('kinds', kinds);
      put('countdown', k);
      put('failures', times);
      put('files', file);
      put('mode', MODE.eio);
    },
    heal: () => put('mode', MODE.none),
    counts() {
      const bytes = Buffer.alloc(WORDS * 8);
      readSync(fd, bytes, 0, bytes.length, 0);
      const get = (word: keyof typeof WORD) => Number(bytes.readBigInt64LE(WORD[word] * 8));
      return { injected: get('injected'), reads: get('reads'), writes: get('writes'), syncs: get('syncs'), opens: get('opens') };
    },
    close: () => closeSync(fd),
  };
}
