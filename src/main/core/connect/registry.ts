/** All connected accounts, and the doors that lead to them. */
import { raise } from '../domain/failure.ts';
import type { AccountId } from '../domain/ids.ts';
import type { Provider, ProviderKey } from '../ports/provider.ts';
import type { AccountRecord, Store } from '../ports/store.ts';
import { type Account, type AccountDeps, createAccount } from './account.ts';
import type { SecretBook } from './secrets.ts';

export type Registry = {
  /** Every account of the store, started; the demo shop's comes with its shop. */
  startAll(lastAlive: number | undefined): Promise<void>;
  add(record: AccountRecord): Account;
  find(id: string): Account | undefined;
  /** The account, or a `not_found` failure. */
  need(id: string): Account;
  all(): readonly Account[];
  /** Those of `id`, or all of them. */
  some(id: string | undefined): readonly Account[];
  remove(id: AccountId): Promise<void>;
  /** Making or removing an account takes several steps; one such work ends before the next begins, or an account could be left without its records. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  stopAll(): Promise<void>;
};

/** Since when Tickline was not there for an account of an earlier run. It may have been killed soon after the account was made. */
export function absentSince(record: Pick<AccountRecord, 'createdAt'>, lastAlive: number | undefined): number {
  return Math.max(record.createdAt, lastAlive ?? record.createdAt);
}

export function createRegistry(deps: {
  store: Store;
  providers: ReadonlyMap<ProviderKey, Provider>;
  /** The set of doors, or what they need to know, changed. */
  onDoors: () => void;
  secrets: SecretBook;
  account: AccountDeps;
}): Registry {
  const accounts = new Map<AccountId, Account>();
  let turns: Promise<unknown> = Promise.resolve();

  function add(record: AccountRecord): Account {
    const provider = deps.providers.get(record.provider);
    if (provider === undefined) raise('unsupported', 'This version of Tickline does not know the provider of this account.');
    const account = createAccount(record, provider, deps.account);
    accounts.set(record.id, account);
    deps.onDoors();
    return account;
  }

  const need = (id: string): Account => accounts.get(id as AccountId) ?? raise('not_found', 'There is no such account.');

  return {
    async startAll(lastAlive) {
      for (const record of deps.store.accounts.list()) {
        const provider = deps.providers.get(record.provider);
        if (provider === undefined || record.demo) continue;
        const names = provider.info.fields.filter((field) => field.secret).map((field) => field.name);
        await deps.secrets.load(record.id, names);
        const trouble = deps.secrets.trouble(record.id);
        if (trouble !== undefined)
          deps.account.log.warn('secrets.not-opened', { account: record.id, names: trouble.names.join(' '), words: trouble.words });
        add(record).start(absentSince(record, lastAlive));
      }
    },
    add,
    find: (id) => accounts.get(id as AccountId),
    need,
    all: () => [...accounts.values()],
    some: (id) => (id === undefined ? [...accounts.values()] : [need(id)]),
    async remove(id) {
      const account = need(id);
      await account.stop();
      accounts.delete(id);
      deps.onDoors();
    },
    inTurn(work) {
      const turn = turns.then(work);
      turns = turn.catch(() => undefined);
      return turn;
    },
    async stopAll() {
      await Promise.all([...accounts.values()].map((account) => account.stop()));
    },
  };
}
