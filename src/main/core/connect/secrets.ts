/** Every account's credentials as the engine needs them: in memory while it runs, at rest only in the vault. */
import type { AccountId } from '../domain/ids.ts';
import type { Secrets } from '../ports/provider.ts';
import type { Vault } from '../ports/vault.ts';

export type SecretBook = {
  load(account: AccountId, names: readonly string[]): Promise<void>;
  of(account: AccountId): Secrets;
  /** Puts those that are given and differ; what is absent stays. */
  put(account: AccountId, secrets: Secrets): Promise<void>;
  list(account: AccountId): Promise<readonly { readonly name: string; readonly setAt: number }[]>;
  remove(account: AccountId): Promise<void>;
  /** Every secret of every account, for masking. */
  all(): readonly string[];
};

/** `onChange` is called after a secret came, changed or went. */
export function createSecretBook(vault: Vault, onChange: () => void): SecretBook {
  const known = new Map<AccountId, Record<string, string>>();
  /** What was replaced is still a secret for as long as we run: late errors may carry it. */
  const everSeen = new Set<string>();
  const remember = (account: AccountId, name: string, value: string) => {
    known.set(account, { ...known.get(account), [name]: value });
    everSeen.add(value);
    onChange();
  };
  return {
    async load(account, names) {
      for (const name of names) {
        const value = await vault.get({ account, name });
        if (value !== undefined) remember(account, name, value);
      }
    },
    of: (account) => known.get(account) ?? {},
    async put(account, secrets) {
      for (const [name, value] of Object.entries(secrets)) {
        if (value === undefined || value === '' || known.get(account)?.[name] === value) continue;
        await vault.put({ account, name }, value);
        remember(account, name, value);
      }
    },
    list: (account) => vault.list(account),
    async remove(account) {
      known.delete(account);
      await vault.removeAccount(account);
    },
    all: () => [...everSeen],
  };
}
