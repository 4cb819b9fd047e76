import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/safekeeping/files.ts';
import { openWhole } from '../../src/main/adapters/sqlite/safekeeping/openWhole.ts';
import { tempDir } from '../support/tempDir.ts';

const NOON = 1_770_000_000_000;
const log = (folder: string) => join(folder, `${DATABASE_FILE}-wal`);
const index = (folder: string) => join(folder, `${DATABASE_FILE}-shm`);
const isSetAside = (folder: string) => existsSync(join(folder, 'set-aside'));

/** A folder as a run leaves it that wrote something and was ended in the middle. */
async function leftRunning() {
  const [folder, copy] = [await tempDir(), join(await tempDir(), 'copy')];
  const opened = openWhole(folder, () => NOON);
  opened.db.prepare(`INSERT INTO settings (key, value) VALUES ('theme', 'dark')`).run();
  cpSync(folder, copy, { recursive: true });
  return { folder, copy, opened };
}

describe('a log that is not there at the next start', () => {
  it('is no damage when the last to close the database put everything into it, as a thread that dies does', async () => {
    const { folder, opened } = await leftRunning();
    // without a word to the mark
    opened.db.close();
    expect([existsSync(log(folder)), existsSync(index(folder))]).toEqual([false, false]);
    const again = openWhole(folder, () => NOON + 1);
    expect(isSetAside(folder)).toBe(false);
    expect(again.db.prepare(`SELECT value FROM settings WHERE key = 'theme'`).pluck().get()).toBe('dark');
    again.db.close();
  });

  it('is damage when it was removed by itself', async () => {
    const { copy, opened } = await leftRunning();
    opened.db.close();
    rmSync(log(copy));
    openWhole(copy, () => NOON + 1).db.close();
    expect(isSetAside(copy)).toBe(true);
  });

  it('is damage when it was removed with its index, and the database does not hold what it held', async () => {
    const { copy, opened } = await leftRunning();
    opened.db.close();
    for (const file of [log(copy), index(copy)]) rmSync(file, { force: true });
    openWhole(copy, () => NOON + 1).db.close();
    expect(isSetAside(copy)).toBe(true);
  });

  it('is no damage after a clean close', async () => {
    const { folder, opened } = await leftRunning();
    opened.beforeLogEnds();
    opened.db.close();
    opened.closed();
    openWhole(folder, () => NOON + 1).db.close();
    expect(isSetAside(folder)).toBe(false);
  });
});
