import type { Migration } from '../migrate.ts';

/** So that "was anything ever read by this number, and how much was not" needs no scan. */
export const migration: Migration = {
  version: 7,
  name: 'reading',
  up(db) {
    db.exec(`
      CREATE INDEX messages_unread ON messages(account_id, chat, first_at) WHERE kind = 'person' AND status = 'delivered';
      CREATE INDEX messages_read ON messages(account_id, chat) WHERE kind = 'person' AND status IN ('read', 'played');
    `);
  },
};
