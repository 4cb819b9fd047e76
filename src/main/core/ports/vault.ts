/** Where credentials live. Nothing else ever stores one. */
export interface Vault {
  /** What protects the secrets, in words for the owner, and whether that is real protection. */
  describe(): Promise<VaultDescription>;
  put(slot: SecretSlot, value: string): Promise<void>;
  /** The secret; `undefined` when it was never set. Throws FailureError `vault_unavailable` when it is there but cannot be read. */
  get(slot: SecretSlot): Promise<string | undefined>;
  /** Names and dates only. */
  list(account: string): Promise<readonly { readonly name: string; readonly setAt: number }[]>;
  removeAccount(account: string): Promise<void>;
}

export type SecretSlot = { readonly account: string; readonly name: string };
export type VaultDescription = {
  readonly backend: string;
  readonly protects: boolean;
  readonly words: string;
  /** What befell the saved secrets, in words for the owner; absent when all can be opened. */
  readonly trouble?: string;
};
