/** The whole engine over a temporary folder: real SQLite, real HTTP on both sides, spoken to through the contract. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeEngine } from '../../src/main/compose.ts';
import { appeared, DOCUMENTED_STYLE, groupReceipt, sendFailed, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createDispatch, type Dispatch } from '../../src/main/dispatch.ts';
import type { Engine } from '../../src/main/engine.ts';
import type { Change } from '../../src/shared/contract/changes.ts';
import type { RequestName } from '../../src/shared/contract/names.ts';
import type { In, Out } from '../../src/shared/contract/requests.ts';
import { createMemoryLog } from '../support/memoryLog.ts';
import { createMemoryVault } from '../support/memoryVault.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { tempDir } from '../support/tempDir.ts';
import { until, untilAnswered } from '../support/until.ts';

const API_KEY = 'wsk_canary_91fe';
const SECRET = 'whsec_canary_52ab';
const PHONE = '15550102222';
const CHAT = `${PHONE}@s.whatsapp.net`;
const GROUP = '120363000000000001@g.us';
/** Half an hour ago, to the second, so that stated times are in the past and whole. */
const T = Math.floor(Date.now() / 1_000) * 1_000 - 1_800_000;

let folder: string;
let far: ScriptedServer;
let vault: ReturnType<typeof createMemoryVault>;
let engine: Engine;
let ask: Dispatch;
let changes: Change[];

async function start(): Promise<void> {
  engine = await composeEngine({
    dataFolder: folder,
    vault,
    mode: 'browser',
    webhookPort: 0,
    demo: false,
    version: 'test',
    exportLink: (id) => `/exports/${id}`,
  });
  changes = [];
  engine.changes.subscribe((change) => changes.push(change));
  await engine.start();
  ask = createDispatch({ handlers: engine.handlers, log: createMemoryLog() });
}

beforeEach(async () => {
  folder = await tempDir();
  far = await startScriptedServer();
  vault = createMemoryVault();
  await start();
});
afterEach(async () => {
  await engine.stop();
  await far.close();
});

async function rpc<N extends RequestName>(name: N, input?: In<N>): Promise<Out<N>> {
  const answer = await ask(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message} ${answer.error.detail ?? ''}`);
  return answer.value as Out<N>;
}

async function connect(name = 'Shop', apiKey = API_KEY) {
  return rpc('accounts.create', { provider: 'wasenderapi', name, settings: { baseUrl: far.url }, secrets: { apiKey, webhookSecret: SECRET } });
}

async function post(path: string, body: unknown): Promise<number> {
  const answer = await fetch(engine.webhooksUrl() + path, {
    method: 'POST',
    headers: { 'x-webhook-signature': SECRET, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return answer.status;
}

const about = (waId: string, at = T) => ({ apiKey: API_KEY, at, waId, chat: CHAT });
const update = (waId: string, status: 0 | 1 | 2 | 3 | 4 | 5, at = T + status * 1_000) => statusUpdate({ ...about(waId, at), status });
const settled = () => untilAnswered(async () => (await rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'everything to be understood');

describe('a webhook', () => {
  it('becomes a step on the timeline, with its source and how its time is known', async () => {
    const { accountId, webhookPath } = await connect();
    expect(await post(webhookPath, sent({ ...about('W1'), to: `+${PHONE}`, text: 'Hi' }))).toBe(200);
    expect(await post(webhookPath, update('W1', 3))).toBe(200);
    expect(await post(webhookPath, { ...update('W1', 4), timestamp: undefined })).toBe(200);
    expect(await post(webhookPath, update('W1', 3))).toBe(200);
    await settled();
    const timeline = await rpc('messages.get', { account: accountId, messageId: 'W1' });
    expect(timeline.message).toMatchObject({ messageId: 'W1', recipient: `+${PHONE}`, status: 'read', kind: 'person', text: null, demo: false });
    expect(timeline.receipts).toMatchObject([
      { said: 'sent', at: T, certainty: 'stated', source: 'webhook', recipient: `+${PHONE}`, repeats: 0 },
      { said: 'delivered', at: T + 3_000, certainty: 'stated', source: 'webhook', repeats: 1 },
      { said: 'read', certainty: 'arrival', source: 'webhook' },
    ]);
    const read = timeline.receipts[2];
    expect(read?.at).toBe(read?.receivedAt);
    expect(timeline.recipients).toMatchObject([{ recipient: `+${PHONE}`, status: 'read' }]);
    expect(timeline.inbox.map((entry) => entry.state)).toEqual(['applied', 'applied', 'applied']);
    for (const receipt of timeline.receipts) expect(timeline.inbox.map((entry) => entry.id)).toContain(receipt.inboxId);
    // by our own name too
    expect((await rpc('messages.get', { account: accountId, messageId: timeline.message.id })).message.messageId).toBe('W1');
  });

  it('of a group tells of each person', async () => {
    const { accountId, webhookPath } = await connect();
    for (const [who, step] of [
      ['15550103331', 'read'],
      ['15550103332', 'delivered'],
    ] as const)
      await post(webhookPath, groupReceipt({ ...about('G1'), chat: GROUP, person: `${who}@s.whatsapp.net`, step }));
    await settled();
    const timeline = await rpc('messages.get', { account: accountId, messageId: 'G1' });
    expect(timeline.message).toMatchObject({ kind: 'group', group: { people: 2, delivered: 2, read: 1 }, status: 'delivered' });
    expect(timeline.recipients.map(({ recipient, status }) => [recipient, status]).sort()).toEqual([
      ['+15550103331', 'read'],
      ['+15550103332', 'delivered'],
    ]);
  });

  it('is pushed to whoever listens, with a number that rises by one each time, newer than the page before it', async () => {
    const { webhookPath } = await connect();
    const { seq } = await rpc('messages.page', {});
    changes.length = 0;
    await post(webhookPath, update('W1', 3));
    await until(
      () => changes.some((change) => change.name === 'message.changed' && change.value.rows.some((row) => row.messageId === 'W1')),
      'the change',
    );
    await until(() => changes.some((change) => change.name === 'inbox.changed'), 'the entry');
    const numbers = changes.map((change) => change.value.seq);
    expect(numbers[0]).toBeGreaterThan(seq);
    expect(numbers).toEqual(numbers.map((_number, i) => (numbers[0] ?? 0) + i));
  });
});

describe('a page of messages', () => {
  async function fill(count: number) {
    const { accountId, webhookPath } = await connect();
    await Promise.all(
      Array.from({ length: count }, (_each, i) => post(webhookPath, update(`W${String(i).padStart(2, '0')}`, ((i % 5) + 1) as 1, T + i * 1_000))),
    );
    await settled();
    return { accountId, webhookPath };
  }

  it('is the newest first, and the pages after it neither repeat nor skip a row while others come in', async () => {
    const { webhookPath } = await fill(25);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; ; page++) {
      const { rows, nextCursor } = await rpc('messages.page', { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...rows.map((row) => row.messageId ?? ''));
      await post(webhookPath, update(`NEW${page}`, 2, T + 900_000 + page));
      await settled();
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_each, i) => `W${String(24 - i).padStart(2, '0')}`));
  });

  it('goes on among messages of the very same moment', async () => {
    const { webhookPath } = await connect();
    await Promise.all(Array.from({ length: 9 }, (_each, i) => post(webhookPath, update(`S${i}`, 2, T))));
    await settled();
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await rpc('messages.page', { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      for (const row of page.rows) seen.add(row.id);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.size).toBe(9);
  });

  it('holds what its filter says and nothing else', async () => {
    const { accountId, webhookPath } = await fill(10);
    await rpc('messages.track', {
      account: accountId,
      messageId: 'T1',
      recipient: '+44 7700 900219',
      sentAt: T,
      name: 'Ann 100% Lee',
      tags: ['spring', 'vip'],
    });
    await post(webhookPath, groupReceipt({ ...about('G1'), chat: GROUP, person: CHAT, step: 'read' }));
    await settled();
    const other = await connect('Other', 'wsk_other');
    await post(other.webhookPath, update('O1', 2));
    await settled();
    const ids = async (filter: In<'messages.page'>) =>
      (await rpc('messages.page', { limit: 200, ...filter })).rows.map((row) => row.messageId).sort();
    expect(await ids({ status: 'delivered' })).toEqual(['W02', 'W07']);
    expect(await ids({ status: ['queued', 'played'] })).toEqual(['W00', 'W04', 'W05', 'W09']);
    expect(await ids({ status: 'open', account: accountId })).toEqual(['W00', 'W01', 'W05', 'W06']);
    expect(await ids({ status: 'unknown' })).toEqual(['T1']);
    expect(await ids({ kind: 'group' })).toEqual(['G1']);
    expect(await ids({ account: other.accountId })).toEqual(['O1']);
    expect(await ids({ account: 'acc_0000000000000000' })).toEqual([]);
    expect(await ids({ tag: 'vip' })).toEqual(['T1']);
    expect(await ids({ tag: 'vi' })).toEqual([]);
    expect(await ids({ from: T + 8_000, account: accountId })).toEqual(['W08', 'W09']);
    expect(await ids({ from: T + 1_000, to: T + 3_000, account: accountId })).toEqual(['W01', 'W02']);
    for (const text of ['7700 900219', '+44 (7700) 900-219', 'ann 100%', 'T1', 'spring']) expect([text, await ids({ text })]).toEqual([text, ['T1']]);
    for (const text of ['100_', '%', '_', "' OR 1=1 --"]) expect([text, await ids({ text })]).toEqual([text, text === '%' ? ['T1'] : []]);
    expect(await ids({ text: 'W0', status: 'read' })).toEqual(['W03', 'W08']);
  });
});

describe('a message that was sent elsewhere', () => {
  it('is registered, asked about by its own number, joined with its webhooks, and told from both sides', async () => {
    let status = 2;
    far.on('GET /api/messages/7/info', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ success: true, data: { msgId: 7, key: { id: 'W7', fromMe: true, remoteJid: CHAT }, status, messageTimestamp: T / 1_000 } }),
      );
    });
    const { accountId, webhookPath } = await connect();
    const { id } = await rpc('messages.track', { account: accountId, providerMessageId: 7, recipient: `+${PHONE}`, tags: ['spring'] });
    expect((await rpc('messages.get', { account: accountId, messageId: '7' })).message).toMatchObject({
      id,
      providerMessageId: '7',
      messageId: null,
      status: null,
    });
    await rpc('polling.now', { account: accountId });
    await untilAnswered(async () => (await rpc('messages.get', { account: accountId, messageId: id })).message.messageId === 'W7', 'the answer');
    status = 3;
    await rpc('polling.now', { account: accountId });
    await untilAnswered(
      async () => (await rpc('messages.get', { account: accountId, messageId: 'W7' })).message.status === 'delivered',
      'the delivery',
    );
    await post(webhookPath, update('W7', 4, T + 60_000));
    await settled();
    const timeline = await rpc('messages.get', { account: accountId, messageId: 'W7' });
    expect(timeline.message).toMatchObject({ id, providerMessageId: '7', status: 'read', tags: ['spring'], firstAt: T });
    const delivered = timeline.receipts.find((receipt) => receipt.said === 'delivered');
    expect(delivered).toMatchObject({ source: 'poll', certainty: 'between' });
    expect(delivered?.after).toBeLessThan(delivered?.at ?? 0);
    expect(timeline.receipts.find((receipt) => receipt.said === 'read')).toMatchObject({ source: 'webhook', certainty: 'stated', at: T + 60_000 });
    expect(far.heard.some((heard) => heard.headers.authorization === `Bearer ${API_KEY}`)).toBe(true);
  });

  it('is registered once, however often it is registered', async () => {
    const { accountId } = await connect();
    const first = await rpc('messages.track', { account: accountId, messageId: 'W1', recipient: `+${PHONE}`, tags: ['a'] });
    const again = await rpc('messages.track', { account: accountId, messageId: 'W1', providerMessageId: 'p-1', recipient: `+${PHONE}`, tags: ['b'] });
    expect(again).toEqual(first);
    const page = await rpc('messages.page', {});
    expect(page.rows).toHaveLength(1);
    expect(page.rows[0]).toMatchObject({ messageId: 'W1', providerMessageId: 'p-1', tags: ['a', 'b'] });
  });
});

describe('an export', () => {
  async function exported(input: In<'exports.start'>): Promise<string> {
    const { id } = await rpc('exports.start', input);
    const view = await untilAnswered(async () => {
      const found = (await rpc('exports.status', { id })).exports[0];
      return found?.state === 'running' ? undefined : found;
    }, 'the export');
    expect(view).toMatchObject({ state: 'done', link: `/exports/${id}`, error: null });
    const file = engine.exportFile(id);
    const text = readFileSync(file?.path ?? '', 'utf8');
    expect(view.bytes).toBe(Buffer.byteLength(text));
    return text;
  }

  async function fill(): Promise<string> {
    const { accountId, webhookPath } = await connect();
    await rpc('messages.track', {
      account: accountId,
      messageId: 'F1',
      recipient: `+${PHONE}`,
      sentAt: T,
      name: '=HYPERLINK("http://evil")',
      tags: ['@cmd', `call ${PHONE}`],
    });
    await rpc('messages.track', {
      account: accountId,
      messageId: 'F2',
      recipient: '+44 7700 900219',
      sentAt: T + 1,
      name: 'Canary, "Person"\nLee',
      tags: ['-2+3'],
    });
    await post(webhookPath, update('F1', 3));
    await post(webhookPath, {
      ...update('F2', 0),
      data: {
        update: { status: 0, error: `no account for +1 555 010 2222` },
        key: { remoteJid: '447700900219@s.whatsapp.net', id: 'F2', fromMe: true },
      },
    });
    await settled();
    return accountId;
  }

  it('as CSV opens in a spreadsheet without one cell that runs', async () => {
    await fill();
    const text = await exported({ format: 'csv' });
    expect(text.charCodeAt(0)).toBe(0xfeff);
    const [head, ...rows] = parseCsv(text.slice(1));
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toHaveLength(head?.length ?? 0);
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }
    const cell = (row: number, name: string) => rows[row]?.[head?.indexOf(name) ?? -1];
    expect(cell(0, 'name')).toBe('Canary, "Person"\nLee');
    expect(cell(1, 'name')).toBe(`'=HYPERLINK("http://evil")`);
    expect(cell(1, 'recipient')).toBe(`'+${PHONE}`);
    expect(cell(1, 'delivered_at')).toBe(new Date(T + 3_000).toISOString());
    expect(cell(1, 'delivered_certainty')).toBe('stated');
    expect(cell(0, 'status')).toBe('failed');
  });

  it('as NDJSON is one object a line, with the columns that were asked for', async () => {
    await fill();
    const lines = (await exported({ format: 'ndjson', columns: ['message_id', 'status', 'recipient'], filter: { status: 'delivered' } }))
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { message_id: 'F1', status: 'delivered', recipient: `+${PHONE}`, row: 1, chain: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  it('that is redacted holds no number, no name and no text', async () => {
    await rpc('settings.put', { storeText: true });
    const accountId = await fill();
    const account = await rpc('accounts.get', { account: accountId });
    await post(account.webhookPath, sent({ ...about('F3'), to: `+${PHONE}`, text: 'canary words' }));
    await settled();
    expect((await rpc('messages.get', { account: accountId, messageId: 'F3' })).message.text).toBe('canary words');
    for (const format of ['csv', 'ndjson'] as const) {
      const text = await exported({ format, redact: true });
      expect(text).toContain('F3');
      expect(text).not.toMatch(/canary|HYPERLINK|Lee/i);
      expect(text.replace(/\D/g, ' ').replace(/ +/g, ' ')).not.toContain(PHONE);
      expect(text).not.toMatch(/1\D{0,2}555\D{0,2}010\D{0,2}2222|7700\D{0,2}900219/);
    }
  });

  it('is refused for columns that there are not, and found only under its name', async () => {
    expect(await ask('exports.start', { format: 'csv', columns: ['password'] })).toMatchObject({ ok: false, error: { code: 'bad_input' } });
    expect(await ask('exports.status', { id: 'x1' })).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(engine.exportFile('../tickline.sqlite')).toBeUndefined();
  });
});

/** The cells of CSV text, by the rules of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cells = /("(?:[^"]|"")*"|[^,\n]*)(,|\n|$)/gy;
  for (let match = cells.exec(text); match !== null && cells.lastIndex <= text.length && match[0] !== ''; match = cells.exec(text)) {
    const cell = match[1] ?? '';
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (match[2] === '\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

describe('what the engineer sees', () => {
  it('is every entry with its state and reason, and of its body nothing that is secret or a number', async () => {
    const { webhookPath } = await connect();
    await post(webhookPath, appeared({ ...about('W1'), fromMe: true, text: 'canary words', phone: PHONE }));
    await post(webhookPath, sendFailed({ ...about('W1'), error: `JID +1 (555) 010-2222 does not exist, key ${API_KEY}` }));
    await post(webhookPath, `{"sessionId":"${API_KEY}","to":"${PHONE}", +1 555 010 2222`);
    await post(webhookPath, { event: 'chats.update', data: { [PHONE]: Number(PHONE) } });
    await settled();
    const page = await rpc('inbox.page', { limit: 50 });
    expect(page.rows.map((row) => row.state)).toEqual(['ignored', 'quarantined', 'applied', 'applied']);
    expect(page.counts).toMatchObject({ ignored: 1, quarantined: 1, applied: 2, kept: 0 });
    for (const { id, reason, state } of page.rows) {
      const entry = await rpc('inbox.get', { id });
      const text = JSON.stringify([entry, reason]);
      expect(text).not.toMatch(/canary/i);
      expect(text).not.toMatch(/555\D{0,3}010\D{0,3}2222/);
      if (state !== 'applied') expect(reason).not.toBeNull();
    }
    expect(await rpc('inbox.page', { state: 'quarantined' })).toMatchObject({ rows: [{ event: null }], nextCursor: null });
    const ids: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const part: Out<'inbox.page'> = await rpc('inbox.page', { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...part.rows.map((row) => row.id));
      if (part.nextCursor === null) break;
      cursor = part.nextCursor;
    }
    expect(ids).toEqual(page.rows.map((row) => row.id));
  });

  it('is, of a repeat in other words, those words and not the ones it repeats', async () => {
    const { webhookPath } = await connect();
    await post(webhookPath, update('W1', 3));
    await post(webhookPath, statusUpdate({ ...about('W1', T + 3_000), status: 3, style: { ...DOCUMENTED_STYLE, status: 'capitals' } }));
    await post(webhookPath, update('W1', 3));
    await settled();
    const [same, other, first] = (await rpc('inbox.page', {})).rows;
    expect([same?.duplicateOf, other?.duplicateOf, first?.repeats]).toEqual([first?.id, first?.id, 2]);
    expect((await rpc('inbox.get', { id: other?.id ?? 0 })).body).toContain('DELIVERY_ACK');
    expect((await rpc('inbox.get', { id: same?.id ?? 0 })).body).toBe((await rpc('inbox.get', { id: first?.id ?? 0 })).body);
    expect((await rpc('inbox.get', { id: other?.id ?? 0 })).messages).toMatchObject([{ messageId: 'W1', said: 'delivered' }]);
  });

  it('can be understood anew, with a preview, without a change where there is none to make', async () => {
    const { accountId, webhookPath } = await connect();
    for (const status of [1, 2, 3] as const) await post(webhookPath, update('W1', status));
    await post(webhookPath, 'junk');
    await settled();
    const before = (await rpc('messages.get', { account: accountId, messageId: 'W1' })).receipts;
    const preview = await rpc('inbox.replay', { filter: {}, dryRun: true });
    expect(preview).toMatchObject({ entries: 4, applied: 3, ignored: 0, quarantined: 1, unchanged: 0, messagesChanged: 0, dryRun: true });
    expect(await rpc('inbox.replay', { filter: { state: 'quarantined' } })).toMatchObject({ entries: 1, quarantined: 1, dryRun: false });
    expect(await rpc('inbox.replay', { filter: {} })).toEqual({ ...preview, dryRun: false });
    expect((await rpc('messages.get', { account: accountId, messageId: 'W1' })).receipts).toEqual(before);
  });
});

describe('an account', () => {
  it('that is removed leaves nothing behind: no row, no setting, no secret, no door; and others keep theirs', async () => {
    const leaving = await connect('Leaving');
    const staying = await connect('Staying', 'wsk_other');
    for (const { accountId, webhookPath } of [leaving, staying]) {
      await post(webhookPath, update('W1', 3));
      await post(webhookPath, update('W9', 3));
      await post(webhookPath, statusUpdate({ ...about('W2'), status: 3, style: { ...DOCUMENTED_STYLE, fromMe: false } }));
      await post(webhookPath, groupReceipt({ ...about('G1'), chat: GROUP, person: CHAT, step: 'read' }));
      await post(webhookPath, appeared({ ...about('L1'), chat: '987654321098765@lid', fromMe: true, text: 'x', phone: PHONE }));
      await rpc('messages.track', { account: accountId, providerMessageId: 7, recipient: `+${PHONE}` });
    }
    await settled();
    const beside = new Database(join(folder, 'tickline.sqlite'));
    for (const { accountId } of [leaving, staying])
      beside.prepare('INSERT INTO settings VALUES (?, ?)').run(`public-url:${accountId}`, 'https://x.example');
    beside.close();
    expect(await rpc('accounts.remove', { account: leaving.accountId })).toEqual({ removed: true, messages: 5 });
    expect((await rpc('accounts.list')).accounts.map((account) => account.id)).toEqual([staying.accountId]);
    expect(await vault.list(leaving.accountId)).toEqual([]);
    expect(vault.size()).toBe(2);
    expect(await post(leaving.webhookPath, update('W1', 4))).toBe(404);
    expect(await post(staying.webhookPath, update('W1', 4))).toBe(200);
    await settled();
    expect((await rpc('messages.page', {})).rows).toHaveLength(5);
    await engine.stop();
    const db = new Database(join(folder, 'tickline.sqlite'), { readonly: true });
    const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[];
    for (const table of tables)
      expect([table, JSON.stringify(db.prepare(`SELECT * FROM ${table}`).all()).includes(leaving.accountId)]).toEqual([table, false]);
    const orphans = (table: string, column: string) =>
      db.prepare(`SELECT count(*) FROM ${table} WHERE ${column} NOT IN (SELECT id FROM messages)`).pluck().get();
    expect([orphans('receipts', 'message_id'), orphans('lanes', 'message_id'), orphans('polls', 'message')]).toEqual([0, 0, 0]);
    expect(db.pragma('foreign_key_check')).toEqual([]);
    db.close();
  });

  it('never shows a secret again, in any view and in no stored byte', async () => {
    const { accountId, webhookPath } = await connect();
    await rpc('accounts.putSecret', { account: accountId, slot: 'apiKey', value: 'wsk_canary_second' });
    await post(webhookPath, update('W1', 3));
    await post(webhookPath, { event: 'x', note: 'wsk_canary_second', sessionId: 'wsk_canary_third' });
    await settled();
    const inbox = await rpc('inbox.page', {});
    const views = await Promise.all([
      ask('accounts.list', {}),
      ask('accounts.get', { account: accountId }),
      ask('accounts.update', { account: accountId, name: 'New name' }),
      ask('accounts.putSecret', { account: accountId, slot: 'nonsense', value: 'wsk_canary_fourth' }),
      ask('accounts.update', { account: accountId, settings: { apiKey: 'wsk_canary_fifth' } }),
      ask('session.status', { account: accountId, refresh: true }),
      ask('session.list', { account: accountId }),
      ask('intake.status', {}),
      ask('polling.status', {}),
      ask('reconcile.last', {}),
      ask('app.status', {}),
      ask('messages.page', {}),
      ask('messages.get', { account: accountId, messageId: 'W1' }),
      ...inbox.rows.map(({ id }) => ask('inbox.get', { id })),
    ]);
    expect(JSON.stringify([views, inbox, changes])).not.toMatch(/canary/);
    const account = await rpc('accounts.get', { account: accountId });
    expect(account.secrets.map((secret) => secret.name).sort()).toEqual(['apiKey', 'webhookSecret']);
    await engine.stop();
    expect(readFileSync(join(folder, 'tickline.sqlite')).includes('canary')).toBe(false);
  });

  it('that cannot work is refused, and leaves nothing half-made', async () => {
    for (const input of [
      { provider: 'wasenderapi', name: 'x', secrets: {} },
      { provider: 'wasenderapi', name: 'x', secrets: { apiKey: 'a b' } },
      { provider: 'wasenderapi', name: 'x', secrets: { apiKey: 'k' }, settings: { baseUrl: 'http://example.com' } },
      { provider: 'nobody', name: 'x', secrets: { apiKey: 'k' } },
      { provider: 'wasenderapi', name: '', secrets: { apiKey: 'k' } },
    ])
      expect(await ask('accounts.create', input)).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^(bad_input|unsupported)$/) } });
    expect(await rpc('accounts.list')).toEqual({ accounts: [] });
    expect(vault.size()).toBe(0);
  });
});

describe('a mistake in a request', () => {
  it('is answered with a value that names it, and breaks nothing', async () => {
    const { accountId } = await connect();
    const mistakes: readonly (readonly [string, unknown, string])[] = [
      ['nothing.at-all', {}, 'unknown_request'],
      ['__proto__', {}, 'unknown_request'],
      ['messages.get', { account: 'acc_ffffffffffffffff', messageId: 'x' }, 'not_found'],
      ['messages.get', { account: accountId, messageId: 'nobody' }, 'not_found'],
      ['messages.get', { account: accountId }, 'bad_input'],
      ['messages.page', { limit: 0 }, 'bad_input'],
      ['messages.page', { cursor: 'nonsense' }, 'bad_input'],
      ['messages.page', { surplus: 1 }, 'bad_input'],
      ['messages.track', { account: accountId, recipient: `+${PHONE}` }, 'bad_input'],
      ['messages.track', { account: accountId, messageId: 'x', recipient: '07700 900219' }, 'bad_input'],
      ['inbox.get', { id: 999 }, 'not_found'],
      ['inbox.page', { cursor: '-1' }, 'bad_input'],
      ['accounts.remove', { account: 'acc_ffffffffffffffff' }, 'not_found'],
      ['exports.cancel', { id: 'x' }, 'not_found'],
      ['messages.page', 'not an object', 'bad_input'],
    ];
    for (const [name, input, code] of mistakes) {
      const answer = await ask(name, input);
      expect([name, input, answer.ok ? 'ok' : answer.error.code]).toEqual([name, input, code]);
      if (!answer.ok) expect(answer.error.message).toMatch(/^[A-Z].*[.?]$/);
    }
  });
});

describe('a restart', () => {
  it('keeps everything: accounts, doors, messages, entries and settings', async () => {
    const { accountId, webhookPath } = await connect();
    await rpc('settings.put', { theme: 'dark' });
    for (const status of [1, 2, 3] as const) await post(webhookPath, update('W1', status));
    await post(webhookPath, groupReceipt({ ...about('G1'), chat: GROUP, person: CHAT, step: 'read' }));
    await settled();
    const picture = async () => ({
      rows: (await rpc('messages.page', {})).rows.map(({ gaps: _gaps, ...row }) => row),
      receipts: (await rpc('messages.get', { account: accountId, messageId: 'W1' })).receipts,
      inbox: (await rpc('inbox.page', {})).rows,
      theme: (await rpc('app.status')).settings.theme,
      account: { ...(await rpc('accounts.get', { account: accountId })), session: undefined },
    });
    const before = await picture();
    await engine.stop();
    await engine.stop();
    await start();
    expect(await picture()).toEqual(before);
    expect(await post(webhookPath, update('W1', 4))).toBe(200);
    await settled();
    expect((await rpc('messages.get', { account: accountId, messageId: 'W1' })).message.status).toBe('read');
  });

  it('is refused while the first still runs', async () => {
    await expect(
      composeEngine({ dataFolder: folder, vault, mode: 'browser', webhookPort: 0, demo: false, version: 'test', exportLink: () => null }),
    ).rejects.toThrow(/already running/);
  });
});
