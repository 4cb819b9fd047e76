import type { Migration } from '../migrate.ts';

const SQL = `
  -- What was erased, when and how much. Holds no number: a keyed hash and two digits; 'sealed' says who is
  -- looked for while the work is under way, and is emptied at its end.
  CREATE TABLE erasures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL,
    tail TEXT NOT NULL,
    reason TEXT,
    asked_at INTEGER NOT NULL,
    step TEXT NOT NULL,
    cursor TEXT NOT NULL,
    counts TEXT NOT NULL,
    sealed TEXT,
    finished_at INTEGER,
    lifted_at INTEGER
  ) STRICT;

  -- Keyed hashes of the numbers and message ids that are not to be kept again.
  CREATE TABLE suppressed (
    hash TEXT NOT NULL,
    erasure_id INTEGER NOT NULL REFERENCES erasures(id) ON DELETE CASCADE,
    PRIMARY KEY (hash, erasure_id)
  ) STRICT, WITHOUT ROWID;
`;

export const migration: Migration = {
  version: 3,
  name: 'privacy',
  up(db) {
    db.exec(SQL);
    db.exec(`
      -- When and by what the bytes of an entry were removed, while the entry itself is still referred to.
      ALTER TABLE inbox ADD COLUMN removed_at INTEGER;
      ALTER TABLE inbox ADD COLUMN removed_by TEXT;
      CREATE INDEX waiting_entry ON waiting(inbox_id);
    `);
  },
};
