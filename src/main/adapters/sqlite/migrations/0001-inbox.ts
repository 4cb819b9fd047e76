import type { Migration } from '../migrate.ts';

export const migration: Migration = {
  version: 1,
  name: 'inbox',
  up(db) {
    db.exec(`
      CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        provider TEXT NOT NULL,
        name TEXT NOT NULL,
        demo INTEGER NOT NULL,
        settings TEXT NOT NULL,
        tunnel TEXT NOT NULL,
        webhook_token TEXT NOT NULL UNIQUE,
        previous_webhook TEXT,
        session_name TEXT,
        session_phone TEXT,
        session_state TEXT NOT NULL DEFAULT 'unknown',
        session_since INTEGER,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE settings (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- Everything that arrived, before it was understood. An entry without a state of its own waits to be
      -- understood when it lies above the drain's mark, and was applied when it lies below: the usual entry
      -- is written once and never again.
      CREATE TABLE inbox (
        id INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        source TEXT NOT NULL,
        shape TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        since INTEGER,
        event TEXT,
        headers TEXT NOT NULL,
        body BLOB NOT NULL,
        state TEXT,
        reason TEXT,
        duplicate_of INTEGER,
        repeats INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX inbox_odd ON inbox(state, id) WHERE state IS NOT NULL;
      CREATE TABLE drain (mark INTEGER NOT NULL) STRICT;
      INSERT INTO drain VALUES (0);

      CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        wa_id TEXT,
        provider_id TEXT,
        chat TEXT,
        kind TEXT NOT NULL,
        name TEXT,
        text TEXT,
        tags TEXT NOT NULL DEFAULT '[]',
        group_size INTEGER,
        born_at INTEGER,
        first_at INTEGER NOT NULL,
        status TEXT,
        status_at INTEGER,
        failure TEXT,
        deleted INTEGER NOT NULL DEFAULT 0,
        steps TEXT NOT NULL,
        summary TEXT
      ) STRICT;
      CREATE UNIQUE INDEX messages_wa ON messages(account_id, wa_id) WHERE wa_id IS NOT NULL;
      CREATE UNIQUE INDEX messages_provider ON messages(account_id, provider_id) WHERE provider_id IS NOT NULL;
      CREATE INDEX messages_newest ON messages(first_at, id);

      -- How many messages, first known in one quarter of an hour, have each status ('' for none said yet).
      CREATE TABLE tallies (
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        quarter INTEGER NOT NULL,
        status TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (account_id, quarter, status)
      ) STRICT, WITHOUT ROWID;

      -- One row for each person of a group; for the message as a whole the person is ''.
      CREATE TABLE lanes (
        message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
        person TEXT NOT NULL,
        steps TEXT NOT NULL,
        PRIMARY KEY (message_id, person)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE receipts (
        message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        inbox_id INTEGER NOT NULL,
        person TEXT NOT NULL,
        said TEXT NOT NULL,
        at INTEGER NOT NULL,
        how TEXT NOT NULL,
        after INTEGER,
        source TEXT NOT NULL,
        reason TEXT,
        PRIMARY KEY (message_id, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX receipts_inbox ON receipts(inbox_id);

      -- A LID and a phone number that are one person.
      CREATE TABLE aliases (
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        lid TEXT NOT NULL,
        phone TEXT NOT NULL,
        PRIMARY KEY (account_id, lid)
      ) STRICT, WITHOUT ROWID;

      -- What the phone's address book calls a person, and WhatsApp a group.
      CREATE TABLE contacts (
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        address TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (account_id, address)
      ) STRICT, WITHOUT ROWID;

      -- Entries that speak of a message we have not met and that do not claim it is ours.
      CREATE TABLE waiting (
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        wa_id TEXT NOT NULL,
        inbox_id INTEGER NOT NULL,
        PRIMARY KEY (account_id, wa_id, inbox_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE gaps (
        id INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        from_at INTEGER NOT NULL,
        to_at INTEGER,
        why TEXT NOT NULL,
        recovered INTEGER NOT NULL DEFAULT 0,
        reconciled_at INTEGER
      ) STRICT;
      CREATE INDEX gaps_account ON gaps(account_id, from_at);
    `);
  },
};
