/** What becomes of an entry once it was understood. */
import type { InboxId } from '../domain/ids.ts';
import type { Normalised } from '../ports/provider.ts';

/** What is known when an entry is understood again. */
export type Again = {
  /** The keys of the receipts that it brought when it was understood before; see `receiptKey`. */
  readonly said: ReadonlySet<string>;
  /** Apply also what cannot be true. */
  readonly anyway: boolean;
};

export type Verdict = {
  readonly state: 'applied' | 'duplicate' | 'ignored' | 'quarantined';
  readonly reason: string | null;
  /** For a duplicate: the entry that had said it first. */
  readonly first?: InboxId;
  /** All the entries that had said before something of what it says. */
  readonly repeats: ReadonlySet<InboxId>;
};

/** The state an entry ends in: what broke us is quarantined even when other pieces were fine, so that it is seen. */
export function judge(
  normalised: Normalised,
  count: { learned: boolean; understood: number; strangers: number; doubts: readonly string[] },
): Omit<Verdict, 'repeats'> {
  const reasons = normalised.oddities.map((oddity) => (oddity.where ? `${oddity.where}: ${oddity.reason}` : oddity.reason));
  if (count.strangers > 0)
    reasons.push('about a message we have not met, and not marked as sent by this number; it is applied as soon as the message turns up');
  reasons.push(...count.doubts);
  const reason = reasons.length > 0 ? [...new Set(reasons)].slice(0, 5).join('; ') : null;
  if (count.doubts.length > 0 || normalised.oddities.some((oddity) => oddity.kind === 'broken')) return { state: 'quarantined', reason };
  if (count.understood === 0) return { state: 'ignored', reason: reason ?? 'it says nothing about a message' };
  if (!count.learned) return { state: 'duplicate', reason };
  return { state: 'applied', reason };
}
