/** Writing that a power cut cannot halve: beside, flushed, renamed, and the folder flushed too. */
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export const DATABASE_FILE = 'tickline.sqlite';
/** What SQLite keeps beside a database; `-journal` only ever while a file leaves write-ahead logging. */
export const BESIDE = ['', '-wal', '-shm', '-journal'] as const;
export const BACKUPS = 'backups';
export const SET_ASIDE = 'set-aside';

export function flushFile(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the names in `folder` durable. Windows has no such call, and journals them itself. */
export function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The whole of `text` or what was there before, also after a power cut. Readable by its owner alone. */
export function writeDurably(path: string, text: string): void {
  const beside = `${path}.partial`;
  const fd = openSync(beside, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameDurably(beside, path);
}

export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  flushFolder(dirname(to));
}

export function removeDurably(path: string): void {
  rmSync(path, { force: true });
  flushFolder(dirname(path));
}

/** A copy of its own (shared blocks where the file system can), flushed. */
export function copyDurably(from: string, to: string): void {
  rmSync(to, { force: true });
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  flushFile(to);
}

export function ownFolder(...parts: string[]): string {
  const folder = join(...parts);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The names in a folder; none when there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** `20261125T072200123Z`: sorts by time and is a file name everywhere. */
export function stampOf(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:.]/g, '');
}

/** The time in a stamp; undefined when it is none. */
export function timeOfStamp(stamp: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(stamp);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second, ms] = parts.slice(1).map(Number) as [number, number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}
