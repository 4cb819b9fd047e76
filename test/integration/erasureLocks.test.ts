import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const STORE = pathToFileURL(join(import.meta.dirname, '../../src/main/adapters/sqlite/store.ts')).href;

/** What a program prints that runs in another process. */
function elsewhere(program: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '../..'),
  });
  return stdout + stderr;
}

it('a folder stays held, and its log with its database, after an erasure read every file in it', async () => {
  const folder = await tempDir();
  const world = openCoreWorld(folder);
  onTestFinished(() => world.close());
  const { erasures } = world.privacy;
  erasures.erase('+447700900219', undefined);
  await erasures.settled();
  expect(erasures.list()[0]?.counts).toMatchObject({ left: 0 });
  const second = elsewhere(`
    const { openStore } = await import(${JSON.stringify(STORE)});
    try { openStore(${JSON.stringify(folder)}); console.log('opened'); } catch (error) { console.log(error.message); }
  `);
  expect(second).toContain('already running with this data folder');
  // A program that may take the database out of write-ahead mode would remove the log from under Tickline.
  const other = elsewhere(`
    const { default: Database } = await import('better-sqlite3');
    try {
      const db = new Database(${JSON.stringify(join(folder, DATABASE_FILE))}, { timeout: 0 });
      console.log(db.pragma('journal_mode = delete', { simple: true }));
    } catch (error) { console.log(error.code); }
  `);
  expect(other).toMatch(/SQLITE_BUSY|^wal/);
  world.store.settings.put('after', 'kept');
  expect(world.store.settings.get('after')).toBe('kept');
});
