/** An app with a million messages of history and so many open ones, polled at a stub provider, on a fast clock. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openDatabase } from '../../../src/main/adapters/sqlite/open.ts';
import { type App, startApp } from '../../support/app.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const ENTRY = join(ROOT, 'out/main/headless.js');
const CLOCK = join(ROOT, 'test/compare/fasterClock.mjs');
const SAMPLER = join(import.meta.dirname, 'memorySampler.mjs');
const SAMPLE_EVERY_MS = 1_000;

export type Sample = { readonly at: number; readonly rss: number; readonly held: number };

/** Answers every question with "sent", and says how many it may be asked. */
export async function startStub(perMinute: number): Promise<{ readonly url: string; asked(): number; close(): void }> {
  let asked = 0;
  const server = createServer((request, response) => {
    const id = /\/messages\/(\d+)\/info/.exec(request.url ?? '')?.[1];
    if (id !== undefined) asked++;
    const key = { id: `3EB0${id}`, fromMe: true, remoteJid: '15550002222@s.whatsapp.net' };
    const body =
      id === undefined ? { status: 'connected' } : { success: true, data: { msgId: Number(id), key, remoteJid: key.remoteJid, status: 2 } };
    response.writeHead(200, { 'content-type': 'application/json', 'x-ratelimit-limit': String(perMinute) });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');
  return {
    url: `http://127.0.0.1:${address.port}/api`,
    asked: () => asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A folder whose database holds an account at `url`, `history` messages that were read, and `open` that were sent. */
export async function prepare(url: string, history: number, open: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tickline-bench-'));
  const app = await startApp({ data: folder, entry: ENTRY });
  const { accountId } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Many',
    settings: { baseUrl: url },
    secrets: { apiKey: 'k'.repeat(32), webhookSecret: 's'.repeat(32) },
    tunnel: { kind: 'none' },
  });
  await app.stop();
  const db = openDatabase(join(folder, 'tickline.sqlite'));
  const now = Date.now();
  db.transaction(() => {
    const insert = db.prepare(
      `WITH RECURSIVE n(i) AS (SELECT CAST(@from AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @to)
       INSERT INTO messages (account_id, wa_id, provider_id, chat, kind, first_at, status, status_at, steps)
       SELECT @account, '3EB0' || (1000000 + i), CAST(1000000 + i AS TEXT), '+1555' || (1000000 + i % 9000000), 'person', @first + i, @status, @first + i, @steps FROM n`,
    );
    const common = { account: accountId, first: now - 86_400_000 };
    const step = (at: number) => ({ at, how: 'stated' });
    insert.run({
      ...common,
      from: 0,
      to: history,
      status: 'read',
      steps: JSON.stringify({ sent: step(now), delivered: step(now), read: step(now) }),
    });
    insert.run({
      ...common,
      first: now - 7_200_000 - history,
      from: history,
      to: history + open,
      status: 'sent',
      steps: JSON.stringify({ sent: step(now) }),
    });
    db.prepare(
      `INSERT INTO receipts (message_id, key, inbox_id, person, said, at, how, source)
       SELECT id, 'read|' || first_at, 0, '', 'read', first_at, 'stated', 'webhook' FROM messages WHERE status = 'read'`,
    ).run();
    db.prepare(
      `INSERT INTO polls (message, account_id, provider_id, joined, status, first_at, status_at)
       SELECT id, account_id, provider_id, 1, status, first_at, first_at FROM messages WHERE status = 'sent'`,
    ).run();
    db.prepare(
      `INSERT INTO tallies (account_id, quarter, status, count) SELECT account_id, first_at / 900000, status, count(*) FROM messages GROUP BY 1, 2, 3`,
    ).run();
  })();
  db.close();
  return folder;
}

/** Runs the app over the folder for `minutes` of its own life; samples of what it held, `at` in ms of that life. */
export async function runOver(
  folder: string,
  minutes: number,
  times: number,
): Promise<{ readonly samples: readonly Sample[]; readonly app: Pick<App, 'stderr'> }> {
  const file = join(folder, 'samples');
  writeFileSync(file, '');
  const app = await startApp({
    data: folder,
    entry: ENTRY,
    env: {
      NODE_OPTIONS: `--import=${SAMPLER} --import=${CLOCK}`,
      CLOCK_TIMES: String(times),
      CLOCK_FROM: String(Date.now()),
      SAMPLES_FILE: file,
      SAMPLE_EVERY: String(SAMPLE_EVERY_MS),
    },
  });
  try {
    await new Promise((done) => setTimeout(done, (minutes * 60_000) / times));
  } finally {
    await app.kill('SIGTERM');
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const samples = lines.map((line) => JSON.parse(line) as Sample);
  const first = samples[0]?.at ?? 0;
  return { samples: samples.map((sample) => ({ ...sample, at: sample.at - first })), app };
}

export function forget(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
