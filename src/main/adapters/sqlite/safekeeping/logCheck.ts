/**
 * Reads a write-ahead log as SQLite does (sqlite.org/fileformat.html#the_write_ahead_log), because SQLite takes
 * the first frame whose checksum is wrong for the end, in silence: one flipped bit in the middle, and every
 * commit after it is gone.
 *
 * Nothing but damage leaves two whole commits behind a bad frame: each commit is flushed before the next begins
 * (synchronous=FULL), so a cut of the power can only ever spoil the last.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { PAGE_SIZE } from './damage.ts';
import { sizeOf } from './files.ts';

const HEADER = 32;
const FRAME_HEADER = 24;
const FRAME = FRAME_HEADER + PAGE_SIZE;
/** Checksums of little-endian words, which is how SQLite writes them on every computer that we run on. */
const MAGIC = 0x377f0682;
/** A log is a few MB. One that grew beyond this is taken as it is rather than keep the start waiting. */
const LARGEST = 128 << 20;

export type LogState = {
  readonly state: 'good' | 'header damaged' | 'damaged within';
  /** A single commit lies behind a bad frame: the end was cut short, as a power cut does. */
  readonly cutShort: boolean;
};

export function checkLog(file: string): LogState {
  const log = readLog(file);
  if (log === undefined) return { state: 'good', cutShort: false };
  if (!log.headerIsGood) return { state: 'header damaged', cutShort: false };
  let sum: Sum = [log.bytes.readUInt32BE(24), log.bytes.readUInt32BE(28)];
  let frame = 0;
  for (; frame < log.frames; frame++) {
    const at = HEADER + frame * FRAME;
    if (!hasSalts(log.bytes, at)) break;
    const next = sumOfFrame(log, at, sum);
    if (log.bytes.readUInt32BE(at + 16) !== next[0] || log.bytes.readUInt32BE(at + 20) !== next[1]) break;
    sum = next;
  }
  let commits = 0;
  for (let behind = frame; behind < log.frames; behind++) {
    const at = HEADER + behind * FRAME;
    if (hasSalts(log.bytes, at) && log.bytes.readUInt32BE(at + 4) !== 0) commits++;
  }
  return { state: commits >= 2 ? 'damaged within' : 'good', cutShort: commits === 1 };
}

/**
 * Writes every frame of this log's own generation its right checksum, so that SQLite reads past a bad one: what
 * was a cut-off end becomes one or a few bad pages. Only for a copy that is salvaged from.
 */
export function mendLog(file: string): void {
  const log = readLog(file);
  if (log === undefined) return;
  const { bytes } = log;
  // the header first: SQLite asks for its magic, its page size and its sum
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(PAGE_SIZE, 8);
  let sum = sumOf(log, 0, 24, [0, 0]);
  write(bytes, 24, sum);
  let last = 0;
  for (let frame = 0; frame < log.frames; frame++) if (hasSalts(bytes, HEADER + frame * FRAME)) last = frame + 1;
  for (let frame = 0; frame < last; frame++) {
    const at = HEADER + frame * FRAME;
    // a frame between good ones is of the same generation, whatever its salts say
    bytes.copy(bytes, at + 8, 16, 24);
    sum = sumOfFrame(log, at, sum);
    write(bytes, at + 16, sum);
  }
  writeFileSync(file, bytes);
}

type Sum = readonly [number, number];
type Log = { readonly bytes: Buffer; readonly words: Uint32Array; readonly frames: number; readonly headerIsGood: boolean };

/** Undefined for a log that is not there, not of our kind, or too long to look at. */
function readLog(file: string): Log | undefined {
  const size = sizeOf(file);
  if (size < HEADER || size > LARGEST || endianness() !== 'LE') return undefined;
  const read = readFileSync(file);
  // in memory of its own, so that it can be read as words
  const whole = new Uint8Array(Math.ceil(read.length / 4) * 4);
  whole.set(read);
  const bytes = Buffer.from(whole.buffer, 0, read.length);
  const words = new Uint32Array(whole.buffer);
  const log = { bytes, words, frames: Math.floor((bytes.length - HEADER) / FRAME), headerIsGood: true };
  const [first, second] = sumOf(log, 0, 24, [0, 0]);
  const good =
    bytes.readUInt32BE(0) === MAGIC && bytes.readUInt32BE(8) === PAGE_SIZE && bytes.readUInt32BE(24) === first && bytes.readUInt32BE(28) === second;
  return { ...log, headerIsGood: good };
}

function hasSalts(bytes: Buffer, at: number): boolean {
  return (
    bytes.readUInt32BE(at + 8) === bytes.readUInt32BE(16) && bytes.readUInt32BE(at + 12) === bytes.readUInt32BE(20) && bytes.readUInt32BE(at) !== 0
  );
}

/** The first 8 bytes of the frame's header and its page; what came before is in `sum`. */
function sumOfFrame(log: Pick<Log, 'words'>, at: number, sum: Sum): Sum {
  return sumOf(log, at + FRAME_HEADER, PAGE_SIZE, sumOf(log, at, 8, sum));
}

function sumOf({ words }: Pick<Log, 'words'>, at: number, length: number, [first, second]: Sum): Sum {
  for (let i = at / 4; i < (at + length) / 4; i += 2) {
    first = (first + (words[i] ?? 0) + second) >>> 0;
    second = (second + (words[i + 1] ?? 0) + first) >>> 0;
  }
  return [first, second];
}

function write(bytes: Buffer, at: number, [first, second]: Sum): void {
  bytes.writeUInt32BE(first, at);
  bytes.writeUInt32BE(second, at + 4);
}
