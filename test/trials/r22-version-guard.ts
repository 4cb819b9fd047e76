import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DATABASE_FILE, openStore } from '../../src/main/adapters/sqlite/store.ts';
import { startApp } from '../support/app.ts';
import type { Trial } from './trial.ts';

const OLD = resolve(import.meta.dirname, 'oldSqlite.mjs');

/** Versions with the WAL-reset bug, and the first ones of each line without it (sqlite.org/wal.html#the_wal_reset_bug). */
const UNSAFE = ['3.51.2', '3.50.6', '3.51.0', '3.50.4', '3.49.2', '3.45.1', '3.44.5', '3.40.1', '3.7.17'];
const SAFE = ['3.51.3', '3.50.7', '3.44.6', '3.52.0', '4.0.0'];

/** The real start of the app, in a process of its own; only what the library says of itself is replaced. About 1 minute. */
export const trial: Trial = {
  id: 'R22',
  title: 'with a SQLite that can lose what it confirmed the app refuses to start, says why, and touches nothing',
  async run({ scale, say }) {
    const [unsafe, safe] = scale === 'full' ? [UNSAFE, SAFE] : [UNSAFE.slice(0, 2), SAFE.slice(0, 1)];
    const data = mkdtempSync(join(tmpdir(), 'tickline-old-'));
    const wrong: string[] = [];
    let refused = 0;
    let started = 0;
    try {
      const store = openStore(data);
      store.settings.put('a', 'b');
      store.close();
      for (const version of unsafe) {
        const before = digest(data);
        const words = await tryToStart(data, version);
        if (words === undefined) wrong.push(`${version} was taken`);
        else if (words.includes('(70)') && words.includes(`This copy of SQLite (${version}) can lose records`) && words.includes('3.51.3 or later'))
          refused++;
        else wrong.push(`${version}: ${words.slice(0, 200)}`);
        if (digest(data) !== before) wrong.push(`${version}: the database was touched`);
        say(`${version}: ${words === undefined ? 'taken' : 'refused'}`);
      }
      for (const version of safe) {
        const words = await tryToStart(data, version);
        if (words === undefined) started++;
        else wrong.push(`${version} was refused: ${words.slice(0, 200)}`);
      }
    } finally {
      rmSync(data, { recursive: true, force: true, maxRetries: 3 });
    }
    return {
      figures: [
        { name: 'unsafe versions refused with the reason', value: refused, target: `${unsafe.length}`, pass: refused === unsafe.length },
        { name: 'safe versions taken', value: started, target: `${safe.length}`, pass: started === safe.length },
        { name: 'wrong', value: wrong.slice(0, 5).join('; ') || 0, target: '0', pass: wrong.length === 0 },
      ],
    };
  },
};

/** What the app says when it does not start; undefined when it does. */
async function tryToStart(data: string, version: string): Promise<string | undefined> {
  const options = [process.env.NODE_OPTIONS, `--import=${OLD}`].filter(Boolean).join(' ');
  try {
    const app = await startApp({ data, env: { NODE_OPTIONS: options, TICKLINE_TRIAL_SQLITE: version } });
    await app.stop();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function digest(data: string): string {
  return createHash('sha256')
    .update(readFileSync(join(data, DATABASE_FILE)))
    .digest('hex');
}
