/** What was read and what was not, by number and by account; both from indexes that hold nothing else. */
import type { ReadingStore } from '../../core/ports/store.ts';
import type { Db } from './open.ts';

type Unread = { readonly unread: number; readonly oldestAt: number | null; readonly newestAt: number | null };

export function createReading(db: Db): ReadingStore {
  const count = 'SELECT count(*) AS unread, min(first_at) AS oldestAt, max(first_at) AS newestAt';
  const readBy = db
    .prepare(`SELECT 1 FROM messages WHERE account_id = ? AND chat = ? AND kind = 'person' AND status IN ('read', 'played') LIMIT 1`)
    .pluck();
  const readAtAll = db.prepare(`SELECT 1 FROM messages WHERE account_id = ? AND kind = 'person' AND status IN ('read', 'played') LIMIT 1`).pluck();
  const unreadBy = db.prepare(`${count} FROM messages WHERE account_id = ? AND chat = ? AND kind = 'person' AND status = 'delivered'`);
  const unreadAtAll = db.prepare(`${count} FROM messages WHERE account_id = ? AND kind = 'person' AND status = 'delivered'`);
  const nothing: Unread = { unread: 0, oldestAt: null, newestAt: null };

  return {
    ofContact(account, chat) {
      const everRead = readBy.get(account, chat) !== undefined;
      // who has read once is not asked about further
      return { everRead, ...(everRead ? nothing : (unreadBy.get(account, chat) as Unread)) };
    },
    ofAccount(account) {
      const everRead = readAtAll.get(account) !== undefined;
      return { everRead, ...(everRead ? nothing : (unreadAtAll.get(account) as Unread)) };
    },
  };
}
