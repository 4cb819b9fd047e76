/** Reads what one stored entry says, from its bytes alone. */
import type { Normalised, Provider } from '../ports/provider.ts';
import type { StoredEntry } from '../ports/store.ts';
import { readTracked } from './track.ts';

/** `provider`: that of its account; undefined once the account was removed. */
export function understandEntry(entry: StoredEntry, provider: Provider | undefined): Normalised {
  if (entry.removedAt !== null) return { facts: [], oddities: [{ kind: 'ignored', reason: 'its bytes were removed' }] };
  if (entry.shape === 'track') return readTracked(entry.body);
  if (provider === undefined) return { facts: [], oddities: [{ kind: 'ignored', reason: 'its account was removed' }] };
  return provider.normalise({
    source: entry.source,
    shape: entry.shape,
    body: entry.body,
    receivedAt: entry.receivedAt,
    ...(entry.since === null ? {} : { since: entry.since }),
  });
}
