/** Puts one person's number into every place of a data folder that we can think of, and looks for it as bytes. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { contactsAppeared, groupReceipt, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import type { Random } from '../../src/main/demo/random.ts';

export type Planted = {
  /** Digits of the number, and of the hidden address of the same person. */
  readonly digits: string;
  readonly lid: string;
  readonly name: string;
};

export const KEY = 'ab'.repeat(32);
export const GROUP = '120363000000000777@g.us';

/** A number that nobody else in the trial has. */
export function planted(random: Random): Planted {
  return {
    digits: `4477009${random.int(10_000, 99_999)}`,
    lid: `98${random.int(1e9, 9e9)}${random.int(100, 999)}`,
    name: `Amara ${random.int(1000, 9999)} Osei`,
  };
}

/** "+44 7700 9xx xxx". */
export function spaced(digits: string): string {
  return `+${digits.slice(0, 2)} ${digits.slice(2, 6)} ${digits.slice(6, 9)} ${digits.slice(9)}`;
}

const base = { apiKey: KEY } as const;
const jid = (digits: string) => `${digits}@s.whatsapp.net`;

/** Webhooks about the person, and about others in the same bodies. `at` is ms. */
export function aboutThem({ digits, lid, name }: Planted, at: number, round = 0): readonly string[] {
  const chat = jid(digits);
  const id = (n: number) => `3EB0ERASE${round}${n}`;
  const lidUpdate = {
    event: 'messages.update',
    timestamp: at,
    data: { update: { status: 3 }, key: { remoteJid: `${lid}@lid`, id: id(1), fromMe: true, senderPn: chat } },
  };
  return [
    ...[1, 2, 3, 4].map((n) => JSON.stringify(sent({ ...base, at: at + n, waId: id(n), to: chat, text: 'Hello' }))),
    JSON.stringify(statusUpdate({ ...base, at: at + 5, waId: id(1), chat, status: 3 })),
    JSON.stringify(statusUpdate({ ...base, at: at + 6, waId: id(2), chat: `${digits}:12@s.whatsapp.net`, status: 4 })),
    JSON.stringify(lidUpdate),
    JSON.stringify(statusUpdate({ ...base, at: at + 7, waId: id(3), chat: `${lid}@lid`, status: 3 })),
    // in a group, with somebody else
    JSON.stringify(sent({ ...base, at, waId: id(5), to: GROUP, text: 'All' })),
    JSON.stringify(groupReceipt({ ...base, at: at + 8, waId: id(5), chat: GROUP, person: chat, step: 'delivered' })),
    JSON.stringify(groupReceipt({ ...base, at: at + 9, waId: id(5), chat: GROUP, person: jid('15550001111'), step: 'read' })),
    // the group's address holds its founder's number
    JSON.stringify(sent({ ...base, at, waId: id(6), to: `${digits}-1410000000@g.us`, text: 'Old' })),
    JSON.stringify(
      contactsAppeared({
        ...base,
        at,
        contacts: [
          { chat, name },
          { chat: jid('15550001111'), name: 'Kofi Mensah' },
        ],
      }),
    ),
    // about a message that nobody has met, so it waits
    JSON.stringify({
      event: 'messages.update',
      timestamp: at,
      data: { update: { status: 4 }, key: { id: `3EB0STRANGER${round}`, remoteJid: chat, fromMe: false } },
    }),
    // not understood: dead letters
    `{"event":"messages.update","data":{"key":{"remoteJid":"${chat}"},"update":{"status":`,
    JSON.stringify({ event: 'messages.update', timestamp: at, data: { update: { status: 4 }, key: { remoteJid: chat } } }),
    // written with escapes, with spaces, as a number, and hidden in base64
    JSON.stringify({ event: 'messages.update', data: { key: { remoteJid: 'ESCAPED' } } }).replace(
      'ESCAPED',
      [...chat].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    ),
    JSON.stringify({
      event: 'chats.update',
      timestamp: at,
      data: { id: spaced(digits), number: Number(digits), thumb: Buffer.from(`to:${digits};`).toString('base64') },
    }),
    // somebody else's message whose failure and id tell the number
    JSON.stringify(statusUpdate({ ...base, at, waId: `true_${digits}@c.us_3EB0${round}`, chat: jid('15550002222'), status: 3 })),
  ];
}

/** Places that only a stopped app lets one into. */
export async function plantInFiles(folder: string, { digits, lid, name }: Planted): Promise<number> {
  const db = new Database(join(folder, DATABASE_FILE));
  db.pragma('secure_delete = off');
  const account = db.prepare('SELECT id FROM accounts LIMIT 1').pluck().get();
  const log = JSON.stringify({
    success: true,
    data: {
      current_page: 1,
      last_page: 1,
      data: [
        { id: '59000001', to: `+${digits}`, content: 'x', status: 'sent', created_at: '2026-02-02 02:40:00', updated_at: '2026-02-02 02:40:02' },
        { id: '59000002', to: '+15550003333', content: 'x', status: 'sent', created_at: '2026-02-02 02:41:00', updated_at: '2026-02-02 02:41:02' },
      ],
    },
  });
  const next = db.prepare('SELECT max(coalesce((SELECT max(id) FROM inbox), 0), (SELECT mark FROM drain)) + 1').pluck().get();
  db.prepare(`INSERT INTO inbox (id, account_id, source, shape, received_at, headers, body) VALUES (?, ?, 'poll', 'message-log', ?, ?, ?)`).run(
    next,
    account,
    Date.now(),
    JSON.stringify({ 'user-agent': `sender ${spaced(digits)}` }),
    Buffer.from(log),
  );
  db.prepare(`UPDATE messages SET name = ?, tags = ?, failure = ? WHERE chat = '+15550002222'`).run(
    `Friend of ${spaced(digits)}`,
    JSON.stringify([`call 0${digits.slice(2)}`]),
    `no answer from ${digits}`,
  );
  db.prepare('INSERT INTO gaps (account_id, from_at, to_at, why) VALUES (?, 1, 2, ?)').run(account, `lost near ${digits}`);
  db.prepare(`INSERT INTO settings (key, value) VALUES ('note', ?)`).run(JSON.stringify({ last: `+${digits}` }));
  db.prepare('UPDATE accounts SET name = ?').run(`The shop (${spaced(digits)})`);
  // removed long ago, and still in the file's empty places
  db.prepare(`INSERT INTO settings (key, value) VALUES ('gone', ?)`).run(`${digits} `.repeat(3000));
  db.prepare(`DELETE FROM settings WHERE key = 'gone'`).run();
  await mkdir(join(folder, 'backups'), { recursive: true });
  db.prepare('VACUUM INTO ?').run(join(folder, 'backups', 'auto-2026-01-01.sqlite'));
  db.close();
  const older = new Database(join(folder, 'backups', 'before-0002-polls.sqlite'));
  older.exec(`CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; CREATE TABLE old (whom TEXT)`);
  older.prepare('INSERT INTO old VALUES (?)').run(`+${digits}`);
  older.pragma('user_version = 1');
  older.close();
  const put = async (path: string, content: string | Buffer) => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  await put('set-aside-2026-01-02/tickline.sqlite', Buffer.concat([Buffer.alloc(4096, 7), Buffer.from(digits), Buffer.alloc(4096, 9)]));
  await put('exports/xabc.csv', `\ufeffrecipient,name\n'+${digits},${name}\n`);
  await put('exports/xdef.ndjson', `${JSON.stringify({ recipient: `+${digits}` })}\n`);
  await put('logs/tickline.log', `{"event":"note","whom":"${spaced(digits)}"}\n{"lid":"${lid}"}\nanother line\n`);
  await put('notes-utf16.log', Buffer.from(`whom: ${digits}`, 'utf16le'));
  return 8;
}

/** Every way of writing a number that is looked for, each told by its name. Nothing of the eraser's own is used. */
function spellingsOf(digits: string): ReadonlyMap<string, Buffer> {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${'x'.repeat(offset)}${digits}`)
      .toString('base64')
      .replace(/=+$/, '');
    return Buffer.from(text.slice(offset + (offset === 0 ? 0 : 1), text.length - 1));
  });
  return new Map([
    ['digits', Buffer.from(digits)],
    ['spaced', Buffer.from(spaced(digits))],
    ['at home', Buffer.from(`0${digits.slice(2)}`)],
    ['escaped', Buffer.from([...digits].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''))],
    ['utf16le', Buffer.from(digits, 'utf16le')],
    ['utf16be', Buffer.from(digits, 'utf16le').swap16()],
    ...base64.map((bytes, i): [string, Buffer] => [`base64 at ${i}`, bytes]),
  ]);
}

/** Where in the folder any spelling stands: `tickline.sqlite: digits`. */
export async function grep(folder: string, { digits, lid }: Planted): Promise<readonly string[]> {
  const found: string[] = [];
  const needles = [...spellingsOf(digits), ...[...spellingsOf(lid)].map(([name, bytes]): [string, Buffer] => [`hidden address, ${name}`, bytes])];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    for (const [name, needle] of needles) if (bytes.includes(needle)) found.push(`${path.slice(folder.length + 1)}: ${name}`);
  }
  return found;
}
