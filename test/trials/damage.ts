/** A shop's records with a backup in the middle, and ways to damage them. */
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import { copyDatabase } from '../../src/main/adapters/sqlite/safekeeping/copy.ts';
import { backupPath, newBackupId, writeFacts } from '../../src/main/adapters/sqlite/safekeeping/shelf.ts';
import { DATABASE_FILE, openStore, type SqliteStore } from '../../src/main/adapters/sqlite/store.ts';
import type { AccountId } from '../../src/main/core/domain/ids.ts';
import { createDrain } from '../../src/main/core/ingest/drain.ts';
import type { NewEntry } from '../../src/main/core/ports/store.ts';
import { statusUpdate } from '../../src/main/demo/payloads.ts';
import type { Random } from '../../src/main/demo/random.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { createMemoryLog } from '../support/memoryLog.ts';
import { eventOf } from './poster.ts';

/** Where files live in memory when the system has such a place: here it is about bytes, not about the disk. */
export const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const EPOCH = 1_770_000_000_000;
export const ACCOUNT = 'acc_00000000000000d5' as AccountId;

/** Understands everything that waits, as the app does at its start. */
export function understand(store: SqliteStore): void {
  const provider = wasenderapi();
  const drain = createDrain({
    store,
    clock: createFakeClock(EPOCH),
    log: createMemoryLog(),
    tracking: { track() {}, settle() {}, merged() {} },
    providerOf: () => provider,
    onDrained: () => undefined,
  });
  drain.drainAll();
  drain.stop();
}

export function openShop(folder: string): SqliteStore {
  const store = openStore(folder, () => EPOCH);
  if (store.accounts.get(ACCOUNT) === undefined)
    store.accounts.insert({
      id: ACCOUNT,
      provider: 'wasenderapi',
      name: 'The shop',
      demo: false,
      settings: {},
      tunnel: '{"kind":"none"}',
      webhookToken: 'token',
      previousWebhook: null,
      sessionName: null,
      sessionPhone: null,
      sessionState: 'unknown',
      sessionSince: null,
      createdAt: EPOCH,
    });
  return store;
}

/** The n-th event of `poster.ts`, as it is kept; every eleventh is told twice. */
export function entryOf(number: number): NewEntry {
  const { waId } = eventOf(number);
  const body = statusUpdate({
    apiKey: 'masked',
    at: EPOCH + number,
    waId,
    chat: `1555${String(Math.floor(number / 3)).padStart(7, '0')}@s.whatsapp.net`,
    status: ([2, 3, 4] as const)[number % 3] ?? 2,
  });
  return {
    account: ACCOUNT,
    source: 'webhook',
    shape: 'webhook',
    receivedAt: EPOCH + number,
    body: Buffer.from(JSON.stringify(body)),
    headers: '{}',
    event: 'messages.update',
  };
}

export function hear(store: SqliteStore, from: number, to: number): void {
  for (let start = from; start < to; start += 200) {
    store.transaction(() => {
      for (let number = start; number < Math.min(start + 200, to); number++) {
        store.inbox.keep(entryOf(number));
        if (number % 11 === 0) store.inbox.keep(entryOf(number));
      }
    });
    understand(store);
  }
}

export type Shop = {
  /** Closed cleanly: everything is in the one file. */
  readonly closed: string;
  /** As a kill leaves it: the newest records are in the log alone. */
  readonly killed: string;
  /** What tells the meaning of each entry, by its number, at the end: its body and how it came. */
  readonly entries: ReadonlyMap<number, string>;
  /** Status of each message by WhatsApp's id, at the end. */
  readonly statuses: ReadonlyMap<string, string>;
  readonly entriesInBackup: number;
  remove(): void;
};

/** `events` are heard, a backup is made, and half as many again are heard after it. */
export async function makeShop(events: number): Promise<Shop> {
  const root = mkdtempSync(join(SCRATCH, 'tickline-damage-'));
  const [closed, killed] = [join(root, 'closed'), join(root, 'killed')];
  const store = openShop(closed);
  hear(store, 0, events);
  const id = newBackupId(EPOCH + events, 'daily');
  mkdirSync(join(closed, 'backups'), { recursive: true });
  const facts = await copyDatabase(join(closed, DATABASE_FILE), backupPath(closed, id), () => undefined);
  writeFacts(closed, id, facts);
  store.db.pragma('wal_checkpoint(RESTART)');
  hear(store, events, events + Math.floor(events / 2));
  const entries = entriesOf(store);
  const statuses = new Map(store.db.prepare('SELECT wa_id, status FROM messages').raw().all() as [string, string][]);
  cpSync(closed, killed, { recursive: true });
  store.close();
  return { closed, killed, entries, statuses, entriesInBackup: facts.entries, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** What tells the meaning of an entry, as one text, by its number. */
export function entriesOf(store: SqliteStore): Map<number, string> {
  const rows = store.db.prepare('SELECT id, account_id, source, shape, received_at, since, body FROM inbox').raw().all() as [number, ...unknown[]][];
  return new Map(
    rows.map(([number, ...rest]) => [number, rest.map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value)).join(' ')]),
  );
}

export const DAMAGES = ['flip', 'flip', 'flip', 'flip', 'flip', 'truncate', 'header', 'log missing', 'log of another', 'log flipped'] as const;
export type Damage = (typeof DAMAGES)[number];

export function needsLog(damage: Damage): boolean {
  return damage.startsWith('log');
}

/** Damages the files of `folder`; gives what was done, for the record of a failing case. */
export function inflict(folder: string, damage: Damage, random: Random, otherLog: string): string {
  const file = join(folder, DATABASE_FILE);
  const log = `${file}-wal`;
  switch (damage) {
    case 'flip': {
      const bytes = random.int(1, 64);
      const places = Array.from({ length: bytes }, () => random.int(0, statSync(file).size - 1));
      for (const place of places) flipByte(file, place, random.int(1, 255));
      return `${bytes} bytes flipped at ${places.slice(0, 5).join(', ')}…`;
    }
    case 'truncate': {
      const size = random.chance(0.1) ? 0 : random.int(1, statSync(file).size - 1);
      truncateSync(file, size);
      return `cut to ${size} bytes`;
    }
    case 'header': {
      for (let place = 0; place < 100; place++) if (random.chance(0.7)) flipByte(file, place, random.int(1, 255));
      return 'header overwritten';
    }
    case 'log missing':
      rmSync(log);
      return 'log removed';
    case 'log of another':
      copyFileSync(otherLog, log);
      return 'log of another database';
    case 'log flipped': {
      const bytes = random.int(1, 64);
      for (let i = 0; i < bytes; i++) flipByte(log, random.int(0, statSync(log).size - 1), random.int(1, 255));
      return `${bytes} bytes of the log flipped`;
    }
  }
}

function flipByte(file: string, place: number, by: number): void {
  const fd = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, place);
  byte[0] = (byte[0] ?? 0) ^ by;
  writeSync(fd, byte, 0, 1, place);
  closeSync(fd);
}

export function logOf(folder: string): string {
  const log = join(folder, `${DATABASE_FILE}-wal`);
  if (!existsSync(log)) throw new Error('this folder has no log');
  return log;
}
