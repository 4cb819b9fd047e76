import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Safekeeping } from '../../../core/ports/safekeeping.ts';
import { removeWithBeside } from './copy.ts';
import { runCopyJob } from './copyJobs.ts';
import { DamageError, damageInWords, isDamage } from './damage.ts';
import { BACKUPS, DATABASE_FILE, ownFolder, sizeOf, stampOf } from './files.ts';
import { markDamaged, readPending, writePending } from './pending.ts';
import { readReports, tidySetAside } from './reports.ts';
import { backupPath, findBackup, listBackups, newBackupId, tidyBackups, writeFacts } from './shelf.ts';

/** The data folder's backups. `copyThread`: the program of the thread that copies; without it the engine's own does. */
export function createSafekeeping(data: string, copyThread?: string): Safekeeping {
  return {
    list: () => listBackups(data),
    find: (id) => findBackup(data, id),
    async copy(kind, at, onProgress) {
      const id = newBackupId(at, kind);
      try {
        ownFolder(data, BACKUPS);
        const facts = await runCopyJob(copyThread, { kind: 'copy', source: join(data, DATABASE_FILE), target: backupPath(data, id) }, onProgress);
        writeFacts(data, id, facts);
        const made = findBackup(data, id);
        return made === undefined ? { failed: 'the copy is not there' } : { made };
      } catch (error) {
        removeWithBeside(`${backupPath(data, id)}.partial`);
        return isDamage(error) ? { damaged: damageInWords(error) } : { failed: error instanceof Error ? error.message : String(error) };
      }
    },
    async look(id) {
      if (findBackup(data, id) === undefined) return { failed: 'it is not there any more' };
      try {
        const facts = await runCopyJob(copyThread, { kind: 'look', file: backupPath(data, id) }, () => undefined);
        writeFacts(data, id, facts);
        return { facts };
      } catch (error) {
        return { failed: isDamage(error) ? damageInWords(error) : error instanceof Error ? error.message : String(error) };
      }
    },
    decideRestore(id, at) {
      writePending(data, {
        kind: 'restore',
        stamp: stampOf(at),
        at,
        phase: 'build',
        tries: 0,
        backup: id,
        why: 'You asked for a backup to be put back.',
        log: 'trusted',
        report: null,
      });
    },
    decideRecovery(found, at) {
      const words = typeof found === 'string' ? found : damageInWords(found);
      markDamaged(data, words, at, found instanceof DamageError ? found.log : 'trusted');
    },
    decided: () => readPending(data) !== undefined,
    sizes: () => ({ database: sizeOf(join(data, DATABASE_FILE)), log: sizeOf(join(data, `${DATABASE_FILE}-wal`)), free: freeBytes(data) }),
    lastReport: () =>
      readReports(data).reduce<ReturnType<Safekeeping['lastReport']>>(
        (last, report) => (last === undefined || report.at >= last.at ? report : last),
        undefined,
      ),
    tidy(now) {
      tidyBackups(data);
      tidySetAside(data, now);
    },
  };
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
