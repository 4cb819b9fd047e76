/** The files of the data folder, as an erasure sees them: read in pieces, so that a large one costs no memory. */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { TraceFiles } from '../../core/ports/privacy.ts';

const PIECE = 1 << 20;
/** Kept from the piece before, so that nothing is cut in two. */
const OVERLAP = 512;
const SIDES = ['-wal', '-shm', '-journal'];

/** `database`: the name of the live one inside `folder`. */
export function createTraceFiles(folder: string, database: string): TraceFiles {
  const live = new Set([database, ...SIDES.map((side) => database + side), 'in-use.sqlite']);

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
      const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      const isLive = (path: string) => live.has(relative(folder, path));
      return [...paths.filter((path) => !isLive(path)), ...paths.filter(isLive)];
    },
    async holds(path, holds) {
      const file = await open(path, 'r').catch(() => undefined);
      if (file === undefined) return false;
      try {
        const buffer = Buffer.alloc(OVERLAP + PIECE);
        let carried = 0;
        for (;;) {
          const { bytesRead } = await file.read(buffer, carried, PIECE, null);
          if (bytesRead === 0) return false;
          const length = carried + bytesRead;
          if (holds(buffer.subarray(0, length))) return true;
          carried = Math.min(OVERLAP, length);
          buffer.copyWithin(0, length - carried, length);
        }
      } finally {
        await file.close();
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
