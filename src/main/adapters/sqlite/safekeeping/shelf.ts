/** The folder of backups: what lies there, by name, and what may go. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupFacts, BackupKind, BackupView } from '../../../../shared/contract/storage.ts';
import { removeWithBeside } from './copy.ts';
import { BACKUPS, namesIn, stampOf, timeOfStamp, writeDurably } from './files.ts';
import { toRemove } from './rotation.ts';

const NAME = /^(?:tickline-(\d{8}T\d{9}Z)-(daily|asked)|before-\d{4}-[a-z0-9-]+)$/;

export function backupPath(data: string, id: string): string {
  return join(data, BACKUPS, `${id}.sqlite`);
}

export function newBackupId(at: number, kind: 'daily' | 'asked'): string {
  return `tickline-${stampOf(at)}-${kind}`;
}

/** Newest first. A file that bears no name of ours is none of ours. */
export function listBackups(data: string): readonly BackupView[] {
  return namesIn(join(data, BACKUPS))
    .filter((name) => name.endsWith('.sqlite'))
    .flatMap((name) => findBackup(data, name.slice(0, -'.sqlite'.length)) ?? [])
    .sort((a, b) => b.createdAt - a.createdAt || b.id.localeCompare(a.id));
}

/** Undefined when there is none with this id; whatever the id says, it leads to no other folder. */
export function findBackup(data: string, id: string): BackupView | undefined {
  const [matched, stamp, kind] = NAME.exec(id) ?? [];
  if (matched === undefined) return undefined;
  const found = statSync(backupPath(data, id), { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) return undefined;
  const createdAt = stamp === undefined ? Math.floor(found.mtimeMs) : (timeOfStamp(stamp) ?? Math.floor(found.mtimeMs));
  return { id, kind: (kind as BackupKind | undefined) ?? 'migration', createdAt, bytes: found.size, facts: readFacts(data, id) };
}

export function writeFacts(data: string, id: string, facts: BackupFacts): void {
  writeDurably(join(data, BACKUPS, `${id}.json`), JSON.stringify(facts));
}

/** Only ever a convenience: what a copy really holds is read from the copy before it is put back. */
function readFacts(data: string, id: string): BackupFacts | null {
  try {
    const facts = JSON.parse(readFileSync(join(data, BACKUPS, `${id}.json`), 'utf8')) as BackupFacts;
    return typeof facts.messages === 'number' && typeof facts.lastEntry === 'number' ? facts : null;
  } catch {
    return null;
  }
}

/** Removes what rotation does not keep, and what a kill left half made. */
export function tidyBackups(data: string): void {
  for (const id of toRemove(listBackups(data))) {
    removeWithBeside(backupPath(data, id));
    rmSync(join(data, BACKUPS, `${id}.json`), { force: true });
  }
  for (const name of namesIn(join(data, BACKUPS)))
    if (/\.partial(-wal|-shm|-journal)?$/.test(name)) rmSync(join(data, BACKUPS, name), { force: true });
}
