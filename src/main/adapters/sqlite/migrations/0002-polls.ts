import type { Migration } from '../migrate.ts';

/** The tables alone, so that a test can make them without the rest of the store. */
export const POLLS_SQL = `
  -- One row for each message that can be asked about. plan: none (to be made), net, fallback, stopped.
  CREATE TABLE polls (
    message INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    joined INTEGER NOT NULL,
    status TEXT,
    first_at INTEGER NOT NULL,
    status_at INTEGER NOT NULL,
    plan TEXT NOT NULL DEFAULT 'none',
    stop TEXT,
    due_at INTEGER,
    urgent INTEGER NOT NULL DEFAULT 0,
    -- Whether the last question was only to see if a webhook was lost, and what such questions brought.
    insurance INTEGER NOT NULL DEFAULT 0,
    insured INTEGER NOT NULL DEFAULT 0,
    caught INTEGER NOT NULL DEFAULT 0,
    asked_at INTEGER,
    answered_ask_at INTEGER,
    previous_ask_at INTEGER,
    answers INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    -- How long it stayed in each status, ms: more than the first, at most the second.
    queued_more INTEGER,
    queued_most INTEGER,
    sent_more INTEGER,
    sent_most INTEGER,
    delivered_more INTEGER,
    delivered_most INTEGER,
    -- The reconciliation it is enrolled in, whether its answer is still awaited, and the one that recovered something.
    run INTEGER,
    waiting INTEGER NOT NULL DEFAULT 0,
    recovered_run INTEGER
  ) STRICT;
  CREATE INDEX polls_due ON polls(account_id, urgent, due_at, message DESC) WHERE due_at IS NOT NULL;
  CREATE INDEX polls_plan ON polls(account_id, plan, urgent);
  CREATE INDEX polls_provider ON polls(account_id, provider_id);
  CREATE INDEX polls_waiting ON polls(run) WHERE waiting = 1;

  CREATE TABLE poll_budgets (
    account_id TEXT PRIMARY KEY REFERENCES accounts(id) ON DELETE CASCADE,
    saved TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE reconcile_runs (
    id INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    why TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    gaps TEXT NOT NULL,
    phase TEXT NOT NULL,
    page INTEGER NOT NULL,
    to_ask INTEGER NOT NULL DEFAULT 0,
    recovered INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER
  ) STRICT;
  CREATE INDEX reconcile_runs_account ON reconcile_runs(account_id, id);
  CREATE INDEX reconcile_runs_open ON reconcile_runs(account_id) WHERE finished_at IS NULL;
`;

export const migration: Migration = {
  version: 2,
  name: 'polls',
  up(db) {
    db.exec(POLLS_SQL);
  },
};
