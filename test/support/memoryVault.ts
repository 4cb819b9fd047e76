import type { Vault } from '../../src/main/core/ports/vault.ts';

/** A vault that forgets when the test ends; hand the same one to the next engine for a restart. */
export function createMemoryVault(now: () => number = Date.now): Vault & { readonly size: () => number } {
  const kept = new Map<string, { readonly account: string; readonly name: string; readonly value: string; readonly setAt: number }>();
  const key = (slot: { account: string; name: string }) => `${slot.account} ${slot.name}`;
  return {
    describe: async () => ({ backend: 'memory', protects: false, words: 'Kept in memory only.' }),
    put: async (slot, value) => void kept.set(key(slot), { ...slot, value, setAt: now() }),
    get: async (slot) => kept.get(key(slot))?.value,
    list: async (account) => [...kept.values()].filter((each) => each.account === account).map(({ name, setAt }) => ({ name, setAt })),
    async removeAccount(account) {
      for (const [name, each] of kept) if (each.account === account) kept.delete(name);
    },
    size: () => kept.size,
  };
}
