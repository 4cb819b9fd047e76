/**
 * Plants a number in every place of a real data folder, erases it over the wire, and looks for it in the bytes
 * of every file; then hears of it again, and looks again. At full scale among 100 000 other messages, and killed
 * in the middle many times over. About five minutes at full scale.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import type { ErasureView } from '../../src/shared/contract/privacy.ts';
import { type App, beginApp } from '../support/app.ts';
import { bundleApp } from '../support/bundle.ts';
import { untilAnswered } from '../support/until.ts';
import { aboutThem, grep, KEY, type Planted, planted, plantInFiles } from './plant.ts';
import type { Figure, Trial } from './trial.ts';

const SECRET = 'a-secret-of-the-webhook-0123456789';

export const trial: Trial = {
  id: 'R19',
  title: 'an erased contact is in no byte of the data folder, and does not come back',
  async run({ scale, seed, say }) {
    const bundle = await bundleApp();
    const random = createRandom(seed);
    const folder = await mkdtemp(join(tmpdir(), 'tickline-erase-'));
    try {
      const others = scale === 'full' ? 100_000 : 300;
      const kills = scale === 'full' ? 25 : 2;
      return { figures: await run({ folder, entry: bundle.entry, random, say, others, kills }) };
    } finally {
      await bundle.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

type World = {
  readonly folder: string;
  readonly entry: string;
  readonly random: Random;
  readonly say: (words: string) => void;
  readonly others: number;
  readonly kills: number;
};

async function run(world: World): Promise<Figure[]> {
  const { folder, random, say } = world;
  const them = planted(random);
  const start = () => beginApp({ data: folder, entry: world.entry }).ready;
  let app = await start();
  const { webhookPath, accountId } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    secrets: { webhookSecret: SECRET },
    tunnel: { kind: 'local' },
  });
  const post = (body: string) => app.post(webhookPath, body, { 'x-webhook-signature': SECRET, 'user-agent': `them/${them.digits}` });
  await tellAll(post, aboutThem(them, Date.now() - 60_000));
  await understood(app);
  await app.rpc('messages.track', {
    account: accountId,
    messageId: 'TRACKED1',
    recipient: them.digits,
    tags: [`vip ${them.digits}`],
    name: them.name,
  });
  await app.rpc('exports.start', { format: 'csv' });
  await untilAnswered(async () => (await app.rpc('exports.status')).exports.every((job) => job.state === 'done'), 'an export');
  await app.kill('SIGTERM');
  addOthers(folder, accountId, world.others, them);
  await plantInFiles(folder, them);
  app = await start();
  await understood(app, 300_000);
  await app.kill('SIGKILL');
  const before = await grep(folder, them);
  say(`planted: ${before.length} places`);

  app = await start();
  const preview = await app.rpc('privacy.preview', { recipient: `+${them.digits}` });
  const asked = performance.now();
  const { id } = await app.rpc('privacy.erase', { recipient: `+${them.digits}`, reason: `asked by ${them.digits}` });
  let killed = 0;
  for (; killed < world.kills && !(await isDone(app, id)); killed++) {
    await new Promise((resolve) => setTimeout(resolve, random.int(0, world.others > 1_000 ? 900 : 40)));
    await app.kill('SIGKILL');
    app = await start();
  }
  const waits: number[] = [];
  let told = 0;
  const receipt = await untilAnswered(
    async () => {
      const began = performance.now();
      await post(
        JSON.stringify(statusUpdate({ apiKey: KEY, at: Date.now(), waId: `3EB0MEANWHILE${told++}`, chat: '15550009999@s.whatsapp.net', status: 3 })),
      );
      waits.push(performance.now() - began);
      return done(app, id);
    },
    'the end of the erasure',
    300_000,
  );
  say(`erased in ${Math.round(performance.now() - asked)} ms with ${killed} kills: ${JSON.stringify(receipt.counts)}`);
  const code = await app.kill('SIGTERM');
  const after = await grep(folder, them);

  app = await start();
  // everything again, and something new about the same person
  const again = [...aboutThem(them, Date.now() - 60_000), ...aboutThem(them, Date.now() - 30_000, 1)];
  const answered = await tellAll(post, again);
  const refused = await app.ask('messages.track', { account: accountId, messageId: 'TRACKED2', recipient: them.digits });
  await understood(app);
  const shown = await app.rpc('messages.page', { text: them.digits.slice(-9) });
  const entries = await app.rpc('inbox.page', { state: 'ignored', limit: 200 });
  const said = entries.rows.filter((row) => /about a contact that was erased on \d{4}-\d\d-\d\d/.test(row.reason ?? '')).length;
  await app.kill('SIGKILL');
  const later = await grep(folder, them);
  const sums = recount(folder);

  const zero = (name: string, list: readonly string[]): Figure => ({
    name,
    value: list.slice(0, 6).join('; ') || 0,
    target: '0',
    pass: list.length === 0,
  });
  return [
    { name: 'places planted', value: before.length, target: '≥ 12', pass: before.length >= 12 },
    { name: 'messages in the preview', value: preview.messages, target: '≥ 5', pass: preview.messages >= 5 },
    { name: 'kills in the middle', value: killed, target: `≤ ${world.kills}`, pass: killed > 0 },
    zero('hits after the erasure', after),
    { name: 'files that still hold it, by the receipt', value: receipt.counts.left ?? 0, target: '0', pass: (receipt.counts.left ?? 0) === 0 },
    { name: 'receipt', value: receipt.tail, target: 'the last two digits', pass: receipt.tail === them.digits.slice(-2) && receipt.hash.length > 20 },
    { name: 'later webhooks answered 200', value: answered, target: String(again.length), pass: answered === again.length },
    { name: 'of them said to be about an erased contact', value: said, target: '≥ 10', pass: said >= 10 },
    { name: 'messages that came back', value: shown.rows.length, target: '0', pass: shown.rows.length === 0 },
    { name: 'tracking refused', value: String(!refused.ok), target: 'true', pass: !refused.ok },
    zero('hits after later events', later),
    zero('figures unlike a recount', sums),
    {
      name: 'longest answer to a webhook meanwhile, ms',
      value: Math.round(Math.max(...waits)),
      target: '≤ 2 000',
      pass: Math.max(...waits) <= 2_000,
    },
    { name: 'clean stop', value: code ?? -1, target: '0', pass: code === 0 },
  ];
}

async function tellAll(post: (body: string) => Promise<number>, bodies: readonly string[]): Promise<number> {
  let ok = 0;
  for (const body of bodies) if ((await post(body)) === 200) ok++;
  return ok;
}

async function done(app: App, id: number): Promise<ErasureView | undefined> {
  return (await app.rpc('privacy.status')).erasures.find((one) => one.id === id && one.state === 'done');
}

async function isDone(app: App, id: number): Promise<boolean> {
  return (await done(app, id)) !== undefined;
}

async function understood(app: App, limitMs = 30_000): Promise<void> {
  await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', limitMs);
}

/** Others' messages, and one in five hundred of theirs, as entries that wait to be understood. */
function addOthers(folder: string, account: string, many: number, them: Planted): void {
  const db = new Database(join(folder, DATABASE_FILE));
  const insert = db.prepare(
    `INSERT INTO inbox (id, account_id, source, shape, received_at, headers, body) VALUES (?, ?, 'webhook', 'webhook', ?, '{}', ?)`,
  );
  let id = Number(db.prepare('SELECT max(coalesce((SELECT max(id) FROM inbox), 0), (SELECT mark FROM drain))').pluck().get());
  const at = Date.now() - 10_000_000;
  db.transaction(() => {
    for (let n = 0; n < many; n++) {
      const digits = n % 500 === 7 ? them.digits : `1555${String(n).padStart(7, '0')}`;
      const waId = `3EB0OTHER${n}`;
      const about = { apiKey: 'x', at: at + n, waId };
      insert.run(++id, account, at + n, Buffer.from(JSON.stringify(sent({ ...about, to: `${digits}@s.whatsapp.net`, text: '[masked]' }))));
      insert.run(
        ++id,
        account,
        at + n,
        Buffer.from(JSON.stringify(statusUpdate({ ...about, at: at + n + 900, chat: `${digits}@s.whatsapp.net`, status: 3 }))),
      );
    }
  })();
  db.close();
}

/** Tallies against the messages themselves, and the database's own check. */
function recount(folder: string): readonly string[] {
  const db = new Database(join(folder, DATABASE_FILE), { readonly: true });
  try {
    const tallied = JSON.stringify(db.prepare('SELECT status, sum(count) AS n FROM tallies GROUP BY status HAVING n <> 0 ORDER BY status').all());
    const counted = JSON.stringify(db.prepare(`SELECT coalesce(status, '') AS status, count(*) AS n FROM messages GROUP BY 1 ORDER BY 1`).all());
    const integrity = String(db.pragma('integrity_check', { simple: true }));
    return [...(tallied === counted ? [] : [`tallies ${tallied}, messages ${counted}`]), ...(integrity === 'ok' ? [] : [integrity])];
  } finally {
    db.close();
  }
}
