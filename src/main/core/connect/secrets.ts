/** Every account's credentials as the engine needs them: in memory while it runs, at rest only in the vault. */
import { FailureError } from '../domain/failure.ts';
import type { AccountId } from '../domain/ids.ts';
import type { Secrets } from '../ports/provider.ts';
import type { Vault } from '../ports/vault.ts';

/** Saved credentials that the engine had to start without. */
export type SecretsTrouble = {
  /** What happened and what to do, in plain sentences. */
  readonly words: string;
  /** Which ones; every one there could be when what was saved is gone altogether. */
  readonly names: readonly string[];
};

export type SecretBook = {
  /** Reads what the vault holds. Never rejects: what cannot be opened is told by `trouble`. */
  load(account: AccountId, names: readonly string[]): Promise<void>;
  of(account: AccountId): Secrets;
  /** Until every one of them was entered again. */
  trouble(account: AccountId): SecretsTrouble | undefined;
  /** Reads once more what could not be opened: a keyring may have been unlocked since. */
  tryAgain(account: AccountId): Promise<void>;
  /** Puts those that are given and differ; what is absent stays. */
  put(account: AccountId, secrets: Secrets): Promise<void>;
  list(account: AccountId): Promise<readonly { readonly name: string; readonly setAt: number }[]>;
  remove(account: AccountId): Promise<void>;
  /** Every secret of every account, for masking. */
  all(): readonly string[];
};

const GONE = 'The saved keys of this account are gone. Its messages are not: enter the keys again, and everything goes on.';

/** `onChange` is called after a secret came, changed or went. */
export function createSecretBook(vault: Vault, onChange: () => void): SecretBook {
  const known = new Map<AccountId, Record<string, string>>();
  /** What was replaced is still a secret for as long as we run: late errors may carry it. */
  const everSeen = new Set<string>();
  /** Names that could not be opened, with the vault's words. */
  const locked = new Map<AccountId, Map<string, string>>();
  /** An account is never made without a credential, so one without any has lost it. */
  const gone = new Map<AccountId, readonly string[]>();
  const remember = (account: AccountId, name: string, value: string) => {
    known.set(account, { ...known.get(account), [name]: value });
    everSeen.add(value);
    gone.delete(account);
    const names = locked.get(account);
    names?.delete(name);
    if (names?.size === 0) locked.delete(account);
    onChange();
  };
  async function load(account: AccountId, names: readonly string[]): Promise<void> {
    for (const name of names) {
      try {
        const value = await vault.get({ account, name });
        if (value !== undefined) remember(account, name, value);
      } catch (cause) {
        const words = cause instanceof FailureError ? cause.message : `The saved key "${name}" could not be read. Please enter it again in Settings.`;
        locked.set(account, (locked.get(account) ?? new Map<string, string>()).set(name, words));
      }
    }
    if (known.get(account) === undefined && locked.get(account) === undefined) gone.set(account, names);
  }
  return {
    load,
    of: (account) => known.get(account) ?? {},
    trouble(account) {
      const names = locked.get(account);
      if (names !== undefined) return { words: [...new Set(names.values())].join(' '), names: [...names.keys()] };
      const lost = gone.get(account);
      return lost === undefined ? undefined : { words: GONE, names: lost };
    },
    async tryAgain(account) {
      const names = locked.get(account);
      if (names !== undefined) await load(account, [...names.keys()]);
    },
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
      locked.delete(account);
      gone.delete(account);
      await vault.removeAccount(account);
    },
    all: () => [...everSeen],
  };
}
