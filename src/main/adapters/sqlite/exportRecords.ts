import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportRecord, ExportRecordStore } from '../../core/ports/store.ts';
import { type Db, openDatabase } from './open.ts';

export function createExportRecords(db: Db): ExportRecordStore {
  const put = db.prepare('INSERT INTO export_records (fingerprint, file_name, rows, finished_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const find = db.prepare('SELECT fingerprint, file_name AS fileName, rows, finished_at AS finishedAt FROM export_records WHERE fingerprint = ?');
  const count = db.prepare('SELECT count(*) FROM export_records').pluck();
  return {
    // The same rows exported twice have one fingerprint; the first is the one remembered.
    put: (record) => void put.run(record.fingerprint, record.fileName, record.rows, record.finishedAt),
    find: (fingerprint) => find.get(fingerprint) as ExportRecord | undefined,
    count: () => count.get() as number,
  };
}

/**
 * The record of `fingerprint` in a data folder that may be in use by a running app; `undefined` when there is
 * no record to ask (no database there, or one from before records were kept).
 */
export function lookUpExport(folder: string, fingerprint: string): { readonly found: ExportRecord | undefined; readonly kept: number } | undefined {
  const file = join(folder, 'tickline.sqlite');
  if (!existsSync(file)) return undefined;
  const db = openDatabase(file, { readonly: true });
  try {
    const kept = db.prepare("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'export_records')").pluck().get() === 1;
    if (!kept) return undefined;
    const records = createExportRecords(db);
    return { found: records.find(fingerprint), kept: records.count() };
  } finally {
    db.close();
  }
}
