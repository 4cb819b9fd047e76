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
    `);
  },
};
