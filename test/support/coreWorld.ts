/** Inbox, drain and messages over a real SQLite file, with no network in sight. */

import { randomBytes } from 'node:crypto';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import { createSurroundings } from '../../src/main/adapters/sqlite/copies.ts';
import { openStore, type SqliteStore } from '../../src/main/adapters/sqlite/store.ts';
import { type AccountId, type InboxId, parseAccountId } from '../../src/main/core/domain/ids.ts';
import { createBodyMasker } from '../../src/main/core/domain/mask.ts';
import { confirmationOf } from '../../src/main/core/domain/trust.ts';
import type { Tracking } from '../../src/main/core/ingest/apply.ts';
import { createDrain, type Drain, type Drained } from '../../src/main/core/ingest/drain.ts';
import { type Lanes, lanesOf, projectMessage } from '../../src/main/core/ingest/project.ts';
import { entryOf } from '../../src/main/core/ingest/receive.ts';
import type { Trusting } from '../../src/main/core/ingest/trusting.ts';
import type { Provider } from '../../src/main/core/ports/provider.ts';
import type { MessageRecord, NewEntry, Store, StoredReceipt } from '../../src/main/core/ports/store.ts';
import { createPrivacy, type Privacy } from '../../src/main/core/privacy/privacy.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';
import { createMemoryLog } from './memoryLog.ts';
import { countedTellings, keptTellings } from './tellings.ts';

export const NOON = 1_770_000_000_000;

/** One entry as it arrives; the time of arrival is part of it, so that a history can be told in another order. */
export type Arrival = {
  readonly body: unknown;
  readonly receivedAt?: number;
  readonly since?: number;
  readonly source?: NewEntry['source'];
  readonly shape?: NewEntry['shape'];
};

export type CoreWorld = {
  readonly store: SqliteStore;
  readonly drain: Drain;
  readonly privacy: Privacy;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof createMemoryLog>;
  readonly told: Drained[];
  readonly account: AccountId;
  /** Adds another account, the nth. */
  addAccount(number: number): AccountId;
  keep(arrival: Arrival, account?: AccountId): InboxId;
  /** Keeps and understands, all in one batch. */
  hear(arrivals: readonly Arrival[], account?: AccountId): readonly InboxId[];
  message(waId: string, account?: AccountId): MessageRecord | undefined;
  state(
    id: InboxId,
  ): { readonly state: string; readonly reason: string | null; readonly duplicateOf: number | null; readonly repeats: number } | undefined;
  close(): void;
};

export function openCoreWorld(
  folder: string,
  options: {
    readonly provider?: Provider;
    readonly tracking?: Partial<Tracking>;
    readonly trusting?: Partial<Trusting>;
    readonly around?: (store: SqliteStore) => Store;
  } = {},
): CoreWorld {
  const store = openStore(folder);
  const provider = options.provider ?? wasenderapi();
  const clock = createFakeClock(NOON);
  const log = createMemoryLog();
  const told: Drained[] = [];
  const mask = createBodyMasker(provider.masking, () => false);
  const drain = createDrain({
    store: options.around?.(store) ?? store,
    clock,
    log,
    tracking: { track() {}, settle() {}, merged() {}, ...options.tracking },
    trusting: { proof: () => provider.info.proof, skewMs: () => undefined, met: () => false, ...options.trusting },
    providerOf: () => provider,
    onDrained: (drained) => told.push(drained),
    sift: (entry, normalised) => privacy.suppression.sift(entry, normalised),
  });

  const privacy = createPrivacy({
    store,
    clock,
    log,
    randomBytes,
    breathe: () => Promise.resolve(),
    drainAll: () => drain.drainAll(),
    onChanged: () => undefined,
    surroundings: createSurroundings(folder),
    providerOf: () => provider,
    countExports: () => Promise.resolve({ rows: 0, bytes: 0 }),
    removeExports: () => Promise.resolve(0),
  });

  function addAccount(number: number): AccountId {
    const id = parseAccountId(`acc_${number.toString(16).padStart(16, '0')}`);
    if (id === undefined) throw new Error('not an account id');
    if (store.accounts.get(id) === undefined)
      store.accounts.insert({
        id,
        provider: 'wasenderapi',
        name: `Shop ${number}`,
        demo: false,
        settings: {},
        tunnel: '{"kind":"none"}',
        webhookToken: `token-${number}`,
        previousWebhook: null,
        sessionName: null,
        sessionPhone: null,
        sessionState: 'unknown',
        sessionSince: null,
        createdAt: NOON,
      });
    return id;
  }
  const account = addAccount(0);

  function keep(arrival: Arrival, owner = account): InboxId {
    const body = Buffer.isBuffer(arrival.body)
      ? arrival.body
      : Buffer.from(typeof arrival.body === 'string' ? arrival.body : JSON.stringify(arrival.body));
    const entry = entryOf(
      { account: owner, mask, secrets: () => ({}) },
      {
        source: arrival.source ?? 'webhook',
        shape: arrival.shape ?? 'webhook',
        body,
        receivedAt: arrival.receivedAt ?? NOON,
        ...(arrival.since === undefined ? {} : { since: arrival.since }),
      },
    );
    return store.transaction(() => store.inbox.keep(privacy.suppression.clean(entry)));
  }

  return {
    store,
    privacy,
    drain,
    clock,
    log,
    told,
    account,
    addAccount,
    keep,
    hear(arrivals, owner) {
      const ids = store.transaction(() => arrivals.map((arrival) => keep(arrival, owner)));
      drain.drainAll();
      return ids;
    },
    message: (waId, owner = account) => store.messages.byWaId(owner, waId),
    state(id) {
      const entry = store.inbox.get(id);
      return entry && { state: entry.state, reason: entry.reason, duplicateOf: entry.duplicateOf, repeats: entry.repeats };
    },
    close() {
      drain.stop();
      store.close();
    },
  };
}

/** What a message shows, without the numbers that only tell in which order things were stored. */
export function shown({ row: _row, account: _account, ...message }: MessageRecord) {
  return { ...message, tags: [...message.tags].sort() };
}

/** Everything that an account knows: each message as shown, with the lane of each person. */
export function knowledge(store: SqliteStore, account: AccountId) {
  const rows = store.db
    .prepare('SELECT id FROM messages WHERE account_id = ? ORDER BY coalesce(wa_id, provider_id)')
    .pluck()
    .all(account) as number[];
  return rows.map((row) => {
    const message = store.messages.byRow(row) as MessageRecord;
    return { ...shown(message), people: Object.fromEntries(store.messages.lanes(row)) };
  });
}

/** The same, computed afresh from the receipts alone. */
export function recomputed(store: SqliteStore, account: AccountId) {
  const rows = store.db
    .prepare('SELECT id FROM messages WHERE account_id = ? ORDER BY coalesce(wa_id, provider_id)')
    .pluck()
    .all(account) as number[];
  return rows.map((row) => {
    const message = store.messages.byRow(row) as MessageRecord;
    const receipts = store.messages.receipts(row);
    const lanes = lanesOf(receipts, (person) => laneOf(store, message, person));
    projectMessage(message, lanes);
    Object.assign(message, confirmationOf(receipts, 'password'));
    return { ...shown(message), people: message.kind === 'group' ? Object.fromEntries(lanes) : {} };
  });
}

function laneOf(store: SqliteStore, message: MessageRecord, person: string): string {
  return message.kind === 'person' ? '' : (store.messages.alias(message.account, person) ?? person);
}

export type { Lanes, StoredReceipt };

/** The tallies and the roll-up of freshness as they are kept, and as a count over everything gives them; both without empty ones. */
export function tallies(store: SqliteStore) {
  const kept = store.db.prepare('SELECT account_id, quarter, status, count FROM tallies WHERE count <> 0 ORDER BY 1, 2, 3').all();
  const counted = store.db
    .prepare(
      `SELECT account_id, first_at / 900000 AS quarter, coalesce(status, '') AS status, count(*) AS count FROM messages GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    )
    .all();
  return { kept: [...kept, ...keptTellings(store)], counted: [...counted, ...countedTellings(store)] };
}
