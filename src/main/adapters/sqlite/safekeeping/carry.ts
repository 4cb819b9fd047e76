/** Who was erased outlives the database that says it: it goes along into the older one that takes its place. */
import { join } from 'node:path';
import { CARRIED_KEY, PRIVACY_KEY } from '../../../core/ports/privacy.ts';
import { openDatabase } from '../open.ts';
import { DATABASE_FILE } from './files.ts';

/**
 * Leaves in `target`, whatever its form, the erasures and the hashes of the present database and their key; the
 * first start takes them over. An erasure that was not done is begun anew there. Does nothing when nobody was
 * erased, or when the present database cannot be read.
 */
export function carryErasures(data: string, target: string): void {
  const text = readErasures(join(data, DATABASE_FILE));
  if (text === undefined) return;
  const db = openDatabase(target);
  try {
    db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(CARRIED_KEY, text);
  } finally {
    db.close();
  }
}

function readErasures(file: string): string | undefined {
  try {
    const db = openDatabase(file, { readonly: true });
    try {
      const key = db.prepare('SELECT value FROM settings WHERE key = ?').pluck().get(PRIVACY_KEY) as string | undefined;
      const erasures = db.prepare('SELECT * FROM erasures ORDER BY id').all();
      const suppressed = db.prepare('SELECT hash, erasure_id AS erasure FROM suppressed').all();
      return key === undefined || erasures.length === 0 ? undefined : JSON.stringify({ key, erasures, suppressed });
    } finally {
      db.close();
    }
  } catch {
    // of an older form, or damaged: then the backup's own list is all there is
    return undefined;
  }
}
