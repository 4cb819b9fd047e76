import type { Migration } from '../migrate.ts';

export const migration: Migration = {
  version: 5,
  name: 'freshness',
  up(db) {
    db.exec(`
      -- How many statuses each door told first, by how long after they happened (see core/domain/freshness.ts).
      CREATE TABLE freshness (
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        door TEXT NOT NULL,
        kind TEXT NOT NULL,
        bucket INTEGER NOT NULL,
        told INTEGER NOT NULL,
        confirmed INTEGER NOT NULL,
        PRIMARY KEY (account_id, day, door, kind, bucket)
      ) STRICT, WITHOUT ROWID;

      -- Requests by what they were for.
      CREATE TABLE requests_spent (
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        use TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (account_id, day, use)
      ) STRICT, WITHOUT ROWID;

      -- What was told before there was a roll-up.
      INSERT INTO freshness (account_id, day, door, kind, bucket, told, confirmed)
      SELECT account_id, received_at / 86400000, door, kind,
        CASE WHEN kind = 'unknown' OR late < 1 THEN 0 ELSE 1 + CAST(floor(log2(late) * 4) AS INTEGER) END,
        count(*), sum(by_webhook AND door IN ('poll', 'log'))
      FROM (
        SELECT account_id, received_at, by_webhook,
          CASE source WHEN 'webhook' THEN 'webhook' WHEN 'poll' THEN 'poll' WHEN 'import' THEN 'log' ELSE 'send' END AS door,
          CASE WHEN how = 'stated' THEN 'stated' WHEN how = 'between' AND after IS NOT NULL THEN 'bound' ELSE 'unknown' END AS kind,
          received_at - CASE how WHEN 'stated' THEN at ELSE coalesce(after, received_at) END AS late
        FROM (
          SELECT account_id, source, how, at, after, inbox_id,
            row_number() OVER told AS turn, max(source = 'webhook') OVER (PARTITION BY message_id, who, said) AS by_webhook
          FROM (
            SELECT m.account_id, r.message_id, r.said, r.source, r.how, r.at, r.after, r.inbox_id, r.key,
              CASE m.kind WHEN 'person' THEN '' ELSE coalesce((SELECT phone FROM aliases a WHERE a.account_id = m.account_id AND a.lid = r.person), r.person) END AS who
            FROM receipts r JOIN messages m ON m.id = r.message_id WHERE r.said NOT IN ('deleted', 'queued')
          ) WINDOW told AS (PARTITION BY message_id, who, said ORDER BY inbox_id, at, key)
        ) JOIN (SELECT id, received_at FROM inbox) ON id = inbox_id
        WHERE turn = 1
      ) GROUP BY 1, 2, 3, 4, 5;
    `);
  },
};
