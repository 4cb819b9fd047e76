/**
 * What a disk may hold after a power cut, by the journal of the shim: everything up to the last completed sync
 * of a file, and of what was written later nothing, a beginning, any part, or single 512-byte sectors. A new
 * file, and a removed one, may be there or not until its folder was synced. After a failed sync the system may
 * have forgotten what it could not write: later syncs do not bring it back, only writing it again does.
 */
import { readFileSync } from 'node:fs';
import { DATABASE_FILE } from '../../../src/main/adapters/sqlite/store.ts';
import type { Random } from '../../../src/main/demo/random.ts';

const KIND = { write: 1, sync: 2, syncFailed: 3, truncate: 4, create: 5, remove: 6 } as const;
const FOLDER = 3;
const HEAD = 32;
const SECTOR = 512;

/** The database, its log, the rollback journal that it has while it is made, and the mark that tells which log is its own. */
export const DISK_FILES = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-journal`, 'log-mark'] as const;
export type DiskFile = (typeof DISK_FILES)[number];
/** By their numbers in faults.c. */
const NAMES: Readonly<Record<number, DiskFile>> = { 1: DISK_FILES[0], 2: DISK_FILES[1], 4: DISK_FILES[2], 5: DISK_FILES[3] };

export type JournalRecord = {
  readonly kind: number;
  readonly file: number;
  readonly offset: number;
  readonly bytes: Buffer;
  /** Where the record ends in the journal. */
  readonly end: number;
};

export function readJournal(path: string): readonly JournalRecord[] {
  const all = readFileSync(path);
  const records: JournalRecord[] = [];
  let at = 0;
  while (at + HEAD <= all.length) {
    const [kind, file, offset, length] = [0, 8, 16, 24].map((word) => Number(all.readBigInt64LE(at + word))) as [number, number, number, number];
    const end = at + HEAD + length;
    if (end > all.length) break;
    records.push({ kind, file, offset, bytes: all.subarray(at + HEAD, end), end });
    at = end;
  }
  return records;
}

export const LOSSES = ['everything', 'all but a beginning', 'any part', 'any sectors'] as const;
export type Loss = (typeof LOSSES)[number];

type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly truncateTo: number };

class Bytes {
  buffer = Buffer.alloc(1 << 16);
  length = 0;

  write(offset: number, bytes: Buffer): void {
    const end = offset + bytes.length;
    if (end > this.buffer.length) {
      const larger = Buffer.alloc(Math.max(end, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    bytes.copy(this.buffer, offset);
    this.length = Math.max(this.length, end);
  }

  truncate(length: number): void {
    // what comes back later is zeros
    if (length < this.length) this.buffer.fill(0, length, this.length);
    this.length = length;
  }

  copy(): Bytes {
    const copy = new Bytes();
    copy.buffer = Buffer.from(this.buffer.subarray(0, this.length));
    copy.length = this.length;
    return copy;
  }
}

type FileState = { readonly durable: Bytes; pending: Change[]; entry: 'absent' | 'new' | 'there' | 'going' };

export type Disk = {
  apply(record: JournalRecord): void;
  /** The files as a cut now may leave them; a file that is not there is left out. */
  cut(loss: Loss, random: Random): Partial<Record<DiskFile, Buffer>>;
};

export function createDisk(random: Random): Disk {
  const fresh = (): FileState => ({ durable: new Bytes(), pending: [], entry: 'absent' });
  const files = new Map<DiskFile, FileState>(DISK_FILES.map((name) => [name, fresh()]));

  return {
    apply(record) {
      if (record.file === FOLDER) {
        for (const state of files.values()) {
          if (record.kind !== KIND.sync) continue;
          if (state.entry === 'new') state.entry = 'there';
          if (state.entry === 'going') state.entry = 'absent';
        }
        return;
      }
      const name = NAMES[record.file];
      if (name === undefined) return;
      const state = files.get(name) ?? fresh();
      switch (record.kind) {
        case KIND.write:
          state.pending.push({ offset: record.offset, bytes: record.bytes });
          break;
        case KIND.truncate:
          state.pending.push({ truncateTo: record.offset });
          break;
        case KIND.sync:
          for (const change of state.pending) make(state.durable, change);
          state.pending = [];
          break;
        case KIND.syncFailed:
          lose(state.durable, state.pending, 'any sectors', random);
          state.pending = [];
          break;
        case KIND.create:
          files.set(name, { ...fresh(), entry: 'new' });
          break;
        case KIND.remove:
          state.entry = state.entry === 'new' ? 'absent' : 'going';
          break;
      }
    },
    cut(loss, by) {
      const image: Partial<Record<DiskFile, Buffer>> = {};
      for (const [name, { durable, pending, entry }] of files) {
        if (entry === 'absent' || (entry !== 'there' && by.chance(0.5))) continue;
        const bytes = durable.copy();
        lose(bytes, pending, loss, by);
        image[name] = bytes.buffer.subarray(0, bytes.length);
      }
      return image;
    },
  };
}

function make(bytes: Bytes, change: Change): void {
  if ('truncateTo' in change) bytes.truncate(change.truncateTo);
  else bytes.write(change.offset, change.bytes);
}

/** Makes of `changes` what `loss` leaves of them. */
function lose(bytes: Bytes, changes: readonly Change[], loss: Loss, random: Random): void {
  if (loss === 'everything') return;
  if (loss === 'all but a beginning') {
    for (const change of changes.slice(0, random.int(0, changes.length))) make(bytes, change);
    return;
  }
  for (const change of changes) {
    if ('truncateTo' in change || loss === 'any part') {
      if (random.chance(0.5)) make(bytes, change);
      continue;
    }
    // sectors are those of the disk, so the first and the last may be cut short
    for (let from = change.offset; from < change.offset + change.bytes.length; ) {
      const to = Math.min(change.offset + change.bytes.length, (Math.floor(from / SECTOR) + 1) * SECTOR);
      if (random.chance(0.5)) bytes.write(from, change.bytes.subarray(from - change.offset, to - change.offset));
      from = to;
    }
  }
}
