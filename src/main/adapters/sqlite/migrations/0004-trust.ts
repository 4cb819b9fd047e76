import type { Migration } from '../migrate.ts';

export const migration: Migration = {
  version: 4,
  name: 'trust',
  up(db) {
    db.exec(`
      -- The highest status that an answer to a question of ours, or a signed webhook, told of the message, and
      -- where it came from; a webhook that is proven by a password alone leaves them as they are.
      ALTER TABLE messages ADD COLUMN confirmed TEXT;
      ALTER TABLE messages ADD COLUMN confirmed_by TEXT;
      -- Why the message is doubted more than others: 'burst'.
      ALTER TABLE messages ADD COLUMN doubt TEXT;

      WITH ranks(said, rank) AS (VALUES ('queued', 1), ('sent', 2), ('failed', 3), ('delivered', 4), ('read', 5), ('played', 6)),
        sources(source, place) AS (VALUES ('poll', 1), ('send', 2), ('import', 3), ('track', 4)),
        told AS (
          SELECT r.message_id, r.said, r.source,
            row_number() OVER (PARTITION BY r.message_id ORDER BY ranks.rank DESC, sources.place) AS n
          FROM receipts r JOIN ranks ON ranks.said = r.said JOIN sources ON sources.source = r.source
        )
      UPDATE messages SET confirmed = told.said, confirmed_by = told.source FROM told WHERE told.message_id = messages.id AND told.n = 1;

      -- Entries that said, beside other things, what an earlier one had said: understood anew together with it.
      CREATE TABLE echoes (
        first INTEGER NOT NULL REFERENCES inbox(id) ON DELETE CASCADE,
        echo INTEGER NOT NULL REFERENCES inbox(id) ON DELETE CASCADE,
        PRIMARY KEY (first, echo)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX echoes_echo ON echoes(echo);
      CREATE INDEX inbox_repeats ON inbox(duplicate_of) WHERE duplicate_of IS NOT NULL;

      -- What an exported file must end with to be the one that was written.
      CREATE TABLE export_records (
        fingerprint TEXT PRIMARY KEY,
        file_name TEXT NOT NULL,
        rows INTEGER NOT NULL,
        finished_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
