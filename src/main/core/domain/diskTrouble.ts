/**
 * What the disk may do to us, told by the code of the error that SQLite (or the system) gives: `full` passes by itself;
 * after `io` nothing that the connection holds of the file may be trusted; `refused` is a folder that
 * cannot be written any more; `busy` is another program with our file; `damaged` is what is in the file.
 */
export type DiskTrouble = 'full' | 'io' | 'refused' | 'busy' | 'damaged';

const KINDS: readonly (readonly [string, DiskTrouble])[] = [
  ['SQLITE_FULL', 'full'],
  // the index of the log could not be made longer
  ['SQLITE_IOERR_SHMSIZE', 'full'],
  ['SQLITE_IOERR', 'io'],
  ['SQLITE_READONLY', 'refused'],
  ['SQLITE_CANTOPEN', 'refused'],
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EIO', 'io'],
  ['EROFS', 'refused'],
];

/** The trouble behind an error, or undefined when it is none of the disk's. Codes may be extended: `SQLITE_IOERR_FSYNC`. */
export function diskTroubleOf(error: unknown): DiskTrouble | undefined {
  const code = codeOf(error);
  return KINDS.find(([prefix]) => code.startsWith(prefix))?.[1];
}

/** SQLite's own code, e.g. `SQLITE_FULL`; empty when there is none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined | null)?.code;
  return typeof code === 'string' ? code : '';
}
