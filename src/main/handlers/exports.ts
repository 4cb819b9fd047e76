import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { ExportView } from '../../shared/contract/views.ts';
import { raise } from '../core/domain/failure.ts';
import { COLUMN_NAMES, type ColumnName, writeExport } from '../core/read/export.ts';
import { type ExportShelf, type Parts, queryOf } from './parts.ts';

type Names = 'exports.start' | 'exports.status' | 'exports.cancel';

const AT_ONCE = 3;
const PROGRESS_EVERY_MS = 150;

type Job = { view: ExportView; readonly path: string; readonly stop: AbortController; toldAt: number };

export type ExportParts = Pick<Parts, 'store' | 'clock' | 'randomBytes' | 'exportLink' | 'breathe'> & {
  readonly publisher: Pick<Parts['publisher'], 'export'>;
  readonly settings: Pick<Parts['settings'], 'get'>;
  readonly about: Pick<Parts['about'], 'dataFolder'>;
};

/** Exports as they run, and the files that they leave in the data folder for a day. */
export function exportHandlers(parts: ExportParts): Pick<EngineHandlers, Names> & { readonly shelf: ExportShelf } {
  const { store, clock, publisher } = parts;
  const folder = join(parts.about.dataFolder, 'exports');
  const jobs = new Map<string, Job>();

  function tell(job: Job, change: Partial<ExportView>): void {
    job.view = { ...job.view, ...change };
    const now = clock.monotonic();
    if (change.state === undefined && now - job.toldAt < PROGRESS_EVERY_MS) return;
    job.toldAt = now;
    publisher.export(job.view);
  }

  async function run(job: Job, work: Omit<Parameters<typeof writeExport>[0], 'out' | 'signal' | 'onProgress' | 'breathe' | 'store'>): Promise<void> {
    const out = createWriteStream(job.path, { mode: 0o600 });
    // Each write is told of its own failure; without a listener the same failure would end the process.
    out.on('error', () => {});
    try {
      await once(out, 'open');
      const { rows, fingerprint } = await writeExport({
        ...work,
        store,
        out,
        signal: job.stop.signal,
        breathe: parts.breathe,
        onProgress: (done, bytes) => tell(job, { rows: done, bytes }),
      });
      out.end();
      await once(out, 'close');
      job.stop.signal.throwIfAborted();
      const finishedAt = clock.now();
      store.exportRecords.put({ fingerprint, fileName: job.view.fileName, rows, finishedAt });
      tell(job, { state: 'done', rows, total: Math.max(rows, job.view.total), finishedAt, fingerprint, link: parts.exportLink(job.view.id) });
    } catch (error) {
      out.destroy();
      rmSync(job.path, { force: true });
      const cancelled = job.stop.signal.aborted;
      const words =
        (error as NodeJS.ErrnoException).code === 'ENOSPC'
          ? 'The disk is full. Free some space and export again.'
          : 'The file could not be written. Check the data folder and export again.';
      tell(job, { state: cancelled ? 'cancelled' : 'failed', finishedAt: clock.now(), error: cancelled ? null : words });
    }
  }

  const find = (id: string): Job => jobs.get(id) ?? raise('not_found', 'There is no such export.');

  return {
    'exports.start': ({ format, filter, columns, redact = parts.settings.get().sharedScreen }) => {
      if ([...jobs.values()].filter((job) => job.view.state === 'running').length >= AT_ONCE)
        raise('busy', 'Three exports are running already. Wait for one to finish.', { retry: true });
      const unknown = columns?.find((column) => !(COLUMN_NAMES as readonly string[]).includes(column));
      if (unknown !== undefined) raise('bad_input', 'There is no such column.', { detail: `input.columns: one of ${COLUMN_NAMES.join(', ')}` });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const id = `x${parts.randomBytes(9).toString('hex')}`;
      const startedAt = clock.now();
      const query = queryOf(filter);
      const stamp = new Date(startedAt).toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
      const view: ExportView = {
        id,
        format,
        state: 'running',
        rows: 0,
        total: store.messages.count(query),
        bytes: 0,
        redacted: redact,
        fileName: `tickline-${stamp}${redact ? '-redacted' : ''}.${format}`,
        startedAt,
        finishedAt: null,
        error: null,
        fingerprint: null,
        link: null,
      };
      const job: Job = { view, path: join(folder, `${id}.${format}`), stop: new AbortController(), toldAt: Number.NEGATIVE_INFINITY };
      jobs.set(id, job);
      void run(job, { query, format, columns: (columns as ColumnName[] | undefined) ?? COLUMN_NAMES, redact });
      return view;
    },
    'exports.status': (input) => ({ exports: input?.id === undefined ? [...jobs.values()].map((job) => job.view) : [find(input.id).view] }),
    'exports.cancel': ({ id }) => {
      const job = find(id);
      if (job.view.state === 'running') {
        job.stop.abort(new Error('cancelled by the owner'));
        tell(job, { state: 'cancelled', finishedAt: clock.now() });
      }
      return job.view;
    },
    shelf: {
      file(id) {
        const job = jobs.get(id);
        return job?.view.state === 'done' && existsSync(job.path) ? { path: job.path, fileName: job.view.fileName } : undefined;
      },
      countOlder: async (before) => {
        const old = await olderThan(folder, before);
        return { rows: old.length, bytes: old.reduce((sum, { size }) => sum + size, 0) };
      },
      removeOlder: async (before) => {
        const old = await olderThan(folder, before);
        for (const { path } of old) await unlink(path).catch(() => undefined);
        return old.length;
      },
      views: () => [...jobs.values()].map((job) => job.view),
      stop() {
        for (const job of jobs.values()) if (job.view.state === 'running') job.stop.abort(new Error('stopping'));
      },
    },
  };
}

/** Exports hold customers' data; what nobody fetched within the owner's period is removed. */
async function olderThan(folder: string, before: number): Promise<readonly { readonly path: string; readonly size: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const about = await stat(path).catch(() => undefined);
      return about !== undefined && about.mtimeMs < before ? [{ path, size: about.size }] : [];
    }),
  );
  return found.flat();
}
