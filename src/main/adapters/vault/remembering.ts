import type { Vault } from '../../core/ports/vault.ts';

/**
 * The same vault, and every secret that passed through it since: what a log at its side must never show, also when an error
 * somewhere else repeats it.
 */
export function rememberingVault(vault: Vault): { readonly vault: Vault; readonly seen: () => readonly string[] } {
  const seen = new Set<string>();
  return {
    seen: () => [...seen],
    vault: {
      ...vault,
      async put(slot, value) {
        seen.add(value);
        await vault.put(slot, value);
      },
      async get(slot) {
        const value = await vault.get(slot);
        if (value !== undefined) seen.add(value);
        return value;
      },
    },
  };
}
