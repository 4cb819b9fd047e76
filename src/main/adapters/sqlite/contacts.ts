import type { ContactStore } from '../../core/ports/store.ts';
import type { Db } from './open.ts';

export function createContacts(db: Db): ContactStore {
  const put = db.prepare(
    'INSERT INTO contacts (account_id, address, name) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name WHERE name <> excluded.name',
  );
  const name = db.prepare('SELECT name FROM contacts WHERE account_id = ? AND address = ?').pluck();
  return {
    put: (account, address, called) => put.run(account, address, called).changes === 1,
    name: (account, address) => name.get(account, address) as string | undefined,
  };
}
