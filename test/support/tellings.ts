/** The roll-up of freshness as it is kept, and as the receipts alone give it, by other code than the app's. */
import type { SqliteStore } from '../../src/main/adapters/sqlite/store.ts';

type Line = { readonly key: string; readonly told: number; readonly confirmed: number };

export function keptTellings(store: SqliteStore): readonly Line[] {
  return store.db
    .prepare(
      `SELECT account_id || ' ' || day || ' ' || door || ' ' || kind || ' ' || bucket AS key, told, confirmed FROM freshness
       WHERE told <> 0 OR confirmed <> 0 ORDER BY key`,
    )
    .all() as Line[];
}

type Raw = {
  readonly account: string;
  readonly message: number;
  readonly messageKind: string;
  readonly person: string;
  readonly said: string;
  readonly at: number;
  readonly how: string;
  readonly after: number | null;
  readonly source: string;
  readonly inbox: number;
  readonly key: string;
  readonly received: number;
  readonly phone: string | null;
};

export type Telling = {
  readonly account: string;
  readonly day: number;
  readonly door: string;
  readonly kind: 'stated' | 'bound' | 'unknown';
  readonly late: number;
  readonly byWebhook: boolean;
};

/** Who told each status first: one SELECT over everything, sorted so that the first of each group is the one that told it. */
export function rawTellings(store: SqliteStore): readonly Telling[] {
  const rows = store.db
    .prepare(
      `SELECT m.account_id AS account, m.id AS message, m.kind AS messageKind, r.person, r.said, r.at, r.how, r.after, r.source,
         r.inbox_id AS inbox, r.key, i.received_at AS received, a.phone
       FROM receipts r JOIN messages m ON m.id = r.message_id JOIN inbox i ON i.id = r.inbox_id
       LEFT JOIN aliases a ON a.account_id = m.account_id AND a.lid = r.person
       WHERE r.said NOT IN ('deleted', 'queued') ORDER BY r.inbox_id, r.at, r.key`,
    )
    .all() as Raw[];
  const firsts = new Map<string, { readonly row: Raw; webhook: boolean }>();
  for (const row of rows) {
    const who = row.messageKind === 'person' ? '' : (row.phone ?? row.person);
    const name = `${row.message}/${who}/${row.said}`;
    const known = firsts.get(name);
    if (known === undefined) firsts.set(name, { row, webhook: row.source === 'webhook' });
    else if (row.source === 'webhook') known.webhook = true;
  }
  return [...firsts.values()].map(({ row, webhook }) => {
    const late = row.how === 'stated' ? row.received - row.at : row.how === 'between' && row.after !== null ? row.received - row.after : undefined;
    return {
      account: row.account,
      day: Math.floor(row.received / 86_400_000),
      door: { webhook: 'webhook', poll: 'poll', import: 'log' }[row.source] ?? 'send',
      kind: late === undefined ? 'unknown' : row.how === 'stated' ? 'stated' : 'bound',
      late: late ?? -1,
      byWebhook: webhook,
    };
  });
}

/** The same counted as the roll-up counts. */
export function countedTellings(store: SqliteStore): readonly Line[] {
  const lines = new Map<string, { told: number; confirmed: number }>();
  for (const { account, day, door, kind, late, byWebhook } of rawTellings(store)) {
    // The quarter of a doubling that holds it, found by looking rather than by a logarithm.
    let bucket = 0;
    while (kind !== 'unknown' && late >= 2 ** (bucket / 4)) bucket++;
    const key = `${account} ${day} ${door} ${kind} ${bucket}`;
    const line = lines.get(key) ?? { told: 0, confirmed: 0 };
    line.told++;
    if (byWebhook && (door === 'poll' || door === 'log')) line.confirmed++;
    lines.set(key, line);
  }
  return [...lines].map(([key, line]) => ({ key, ...line })).sort((a, b) => (a.key < b.key ? -1 : 1));
}
