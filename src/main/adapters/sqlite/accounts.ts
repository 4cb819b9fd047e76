import type { AccountId } from '../../core/domain/ids.ts';
import type { ProviderKey, SessionState } from '../../core/ports/provider.ts';
import type { AccountRecord, AccountStore, Gap, GapStore, SettingStore } from '../../core/ports/store.ts';
import type { Db } from './open.ts';

type Row = {
  id: string;
  provider: string;
  name: string;
  demo: number;
  settings: string;
  tunnel: string;
  webhook_token: string;
  previous_webhook: string | null;
  session_name: string | null;
  session_phone: string | null;
  session_state: string;
  session_since: number | null;
  created_at: number;
};

export function createAccounts(db: Db): AccountStore {
  const list = db.prepare('SELECT * FROM accounts ORDER BY created_at, id');
  const get = db.prepare('SELECT * FROM accounts WHERE id = ?');
  const insert = db.prepare(
    `INSERT INTO accounts (id, provider, name, demo, settings, tunnel, webhook_token, previous_webhook, session_name, session_phone, session_state, session_since, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    `UPDATE accounts SET name = ?, demo = ?, settings = ?, tunnel = ?, webhook_token = ?, previous_webhook = ?, session_name = ?, session_phone = ?, session_state = ?, session_since = ? WHERE id = ?`,
  );
  const messages = db.prepare('SELECT count(*) FROM messages WHERE account_id = ?').pluck();
  const remove = db.prepare('DELETE FROM accounts WHERE id = ?');
  const find = (id: string): AccountRecord | undefined => {
    const row = get.get(id) as Row | undefined;
    return row && toAccount(row);
  };
  const changeable = (account: AccountRecord) => [
    account.name,
    account.demo ? 1 : 0,
    JSON.stringify(account.settings),
    account.tunnel,
    account.webhookToken,
    account.previousWebhook,
    account.sessionName,
    account.sessionPhone,
    account.sessionState,
    account.sessionSince,
  ];
  return {
    list: () => (list.all() as Row[]).map(toAccount),
    get: find,
    insert: (account) => void insert.run(account.id, account.provider, ...changeable(account), account.createdAt),
    update(id, change) {
      const account = find(id);
      if (account !== undefined) update.run(...changeable({ ...account, ...change }), id);
    },
    remove(id) {
      return db.transaction(() => {
        const count = messages.get(id) as number;
        remove.run(id);
        return count;
      })();
    },
  };
}

function toAccount(row: Row): AccountRecord {
  return {
    id: row.id as AccountId,
    provider: row.provider as ProviderKey,
    name: row.name,
    demo: row.demo === 1,
    settings: JSON.parse(row.settings) as Record<string, string>,
    tunnel: row.tunnel,
    webhookToken: row.webhook_token,
    previousWebhook: row.previous_webhook,
    sessionName: row.session_name,
    sessionPhone: row.session_phone,
    sessionState: row.session_state as SessionState,
    sessionSince: row.session_since,
    createdAt: row.created_at,
  };
}

export function createGaps(db: Db): GapStore {
  const insert = db.prepare('INSERT INTO gaps (account_id, from_at, why) VALUES (?, ?, ?)');
  const close = db.prepare('UPDATE gaps SET to_at = max(?, from_at) WHERE id = ? AND to_at IS NULL');
  const reconciled = db.prepare('UPDATE gaps SET recovered = recovered + ?, reconciled_at = ? WHERE id = ?');
  const columns = 'id, account_id AS account, from_at AS "from", to_at AS "to", why, recovered, reconciled_at AS reconciledAt';
  const all = db.prepare(`SELECT ${columns} FROM gaps ORDER BY from_at`);
  const one = db.prepare(`SELECT ${columns} FROM gaps WHERE account_id = ? ORDER BY from_at`);
  const page = db.prepare(`
    SELECT ${columns} FROM gaps
    WHERE (@account IS NULL OR account_id = @account) AND (@from IS NULL OR to_at IS NULL OR to_at > @from) AND (@to IS NULL OR from_at < @to)
      AND (@beforeFrom IS NULL OR (from_at, id) < (@beforeFrom, @beforeId))
    ORDER BY from_at DESC, id DESC LIMIT @limit`);
  return {
    open: (account, from, why) => Number(insert.run(account, from, why).lastInsertRowid),
    close: (id, to) => void close.run(to, id),
    reconciled: (id, recovered, at) => void reconciled.run(recovered, at, id),
    list: (account) => (account === undefined ? all.all() : one.all(account)) as Gap[],
    page: ({ account = null, from = null, to = null }, before, limit) =>
      page.all({ account, from, to, beforeFrom: before?.from ?? null, beforeId: before?.id ?? null, limit }) as Gap[],
  };
}

export function createSettings(db: Db): SettingStore {
  const get = db.prepare('SELECT value FROM settings WHERE key = ?').pluck();
  const put = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const remove = db.prepare('DELETE FROM settings WHERE key = ?');
  return {
    get: (key) => get.get(key) as string | undefined,
    put: (key, value) => void put.run(key, value),
    remove: (key) => void remove.run(key),
  };
}
