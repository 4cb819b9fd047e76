/** The files of the data folder, as an erasure sees them: read in pieces, so that a large one costs no memory. */
import { closeSync, fstatSync, openSync, read, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import type { TraceFiles } from '../../core/ports/privacy.ts';

const PIECE = 1 << 20;
/** Kept from the piece before, so that nothing is cut in two. */
const OVERLAP = 512;
const SIDES = ['-wal', '-shm', '-journal'];

/** Files that only carry locks: they hold no records, and are not opened here. */
const HELD = 'in-use.sqlite';
const INDEX_OF_LOG = '-shm';

/**
 * Descriptors of live databases, by file; never closed. On POSIX systems closing any descriptor of a file drops
 * every lock that this process has on it, also SQLite's (sqlite.org/howtocorrupt.html, 2.2). The log has no locks.
 */
const keptOpen = new Map<string, number>();
const readAt = promisify(read);

function openKept(path: string): number {
  const known = keptOpen.get(fileOf(statSync(path, { bigint: true })));
  if (known !== undefined) return known;
  const fd = openSync(path, 'r');
  keptOpen.set(fileOf(fstatSync(fd, { bigint: true })), fd);
  return fd;
}

const fileOf = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }) => `${dev}:${ino}`;

/** `database`: the name of the live one inside `folder`. */
export function createTraceFiles(folder: string, database: string): TraceFiles {
  const live = new Set([database, ...SIDES.map((side) => database + side), HELD]);
  const unread = new Set([HELD, database + INDEX_OF_LOG]);
  // Windows locks by handle, and would not let go of the file while one is open.
  const mustStayOpen = (path: string) => process.platform !== 'win32' && relative(folder, path) === database;

  function opened(path: string): { readonly fd: number; readonly close: () => void } | undefined {
    try {
      if (mustStayOpen(path)) return { fd: openKept(path), close: () => undefined };
      const fd = openSync(path, 'r');
      return { fd, close: () => closeSync(fd) };
    } catch {
      return undefined;
    }
  }

  async function kindOf(path: string): Promise<Awaited<ReturnType<TraceFiles['kindOf']>>> {
    const inside = relative(folder, path);
    if (live.has(inside)) return 'live';
    const [first] = inside.split(sep);
    if (first === 'exports') return 'export';
    // Damaged ones have no head any more, but lie where copies lie. Chromium's own databases lie deeper, and are none.
    if (first === 'backups' || first?.startsWith('set-aside') || /\.sqlite/.test(inside)) return 'copy';
    return first === 'logs' || inside.endsWith('.log') ? 'log' : 'other';
  }

  return {
    kindOf,
    async list() {
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const paths = found
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !unread.has(relative(folder, path)));
      const isLive = (path: string) => live.has(relative(folder, path));
      return [...paths.filter((path) => !isLive(path)), ...paths.filter(isLive)];
    },
    async holds(path, holds) {
      const file = unread.has(relative(folder, path)) ? undefined : opened(path);
      if (file === undefined) return false;
      try {
        const buffer = Buffer.alloc(OVERLAP + PIECE);
        let carried = 0;
        for (let position = 0; ; ) {
          const { bytesRead } = await readAt(file.fd, buffer, carried, PIECE, position);
          const length = carried + bytesRead;
          const cut = { before: position > carried, after: bytesRead > 0 };
          if (holds(buffer.subarray(0, length), cut)) return true;
          if (bytesRead === 0) return false;
          position += bytesRead;
          carried = Math.min(OVERLAP, length);
          buffer.copyWithin(0, length - carried, length);
        }
      } finally {
        file.close();
      }
    },
    async rewrite(path, scrub) {
      const beside = `${path}.erasing`;
      await writeFile(beside, scrub(await readFile(path)), { mode: 0o600, flush: true });
      await rename(beside, path);
    },
    async write(name, text) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.partial`, text, { mode: 0o600, flush: true });
      await rename(`${path}.partial`, path);
    },
    async remove(path) {
      for (const side of ['', ...SIDES]) await rm(path + side, { force: true });
    },
  };
}
