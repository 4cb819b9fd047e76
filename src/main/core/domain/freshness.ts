/**
 * How fresh each door is: who told a status first, and how long after it happened. Pure.
 *
 * One status of one person of one message counts once, by the entry that told it first (the one with the
 * lowest number). Whatever order entries were understood in, and however often, the answer is the same.
 */
import type { Millis } from './ids.ts';
import type { Source } from './receipt.ts';
import type { Certainty, Said } from './status.ts';

/** `log`: the provider's message log. `send`: the answer to our own sending, or a message registered by hand. */
export type FreshDoor = 'webhook' | 'poll' | 'log' | 'send';
export const FRESH_DOORS: readonly FreshDoor[] = ['webhook', 'poll', 'log', 'send'];

/**
 * - `stated`: from the provider's stamp to our record.
 * - `bound`: found by polling without a stamp: at most so long ago, because the question before did not say it yet.
 * - `unknown`: neither a stamp nor a question before it, so nobody can say how late it was.
 */
export type FreshKind = 'stated' | 'bound' | 'unknown';

/** Where one status counts. */
export type Told = {
  readonly door: FreshDoor;
  readonly kind: FreshKind;
  /** Days since 1970 (UTC) of the entry that told it. */
  readonly day: number;
  /** See `bucketOf`; 0 where the kind is `unknown`. */
  readonly bucket: number;
  /** It was found by asking first, and a webhook told it later all the same. */
  readonly confirmed: boolean;
};

/** A receipt as far as this needs it. `receivedAt` is null when its entry is no longer kept. */
export type ToldReceipt = {
  readonly key: string;
  readonly inboxId: number;
  readonly person: string;
  readonly said: Said;
  readonly at: Millis;
  readonly how: Certainty;
  readonly after: Millis | null;
  readonly source: Source;
  readonly receivedAt: Millis | null;
};

export const DAY_MS = 86_400_000;
/** Four buckets for each doubling: a figure read from them is at most 19 % wide. */
const BUCKETS_PER_DOUBLING = 4;

const DOOR_OF: Readonly<Record<Source, FreshDoor>> = { webhook: 'webhook', poll: 'poll', import: 'log', send: 'send', track: 'send' };

/** The bucket of a duration: 0 below 1 ms (a stamp ahead of our clock counts there), then four for each doubling. */
export function bucketOf(ms: number): number {
  return ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * BUCKETS_PER_DOUBLING);
}

/** The durations that a bucket holds: `fromMs` ≤ x < `toMs`. */
export function bucketBounds(bucket: number): { readonly fromMs: number; readonly toMs: number } {
  if (bucket <= 0) return { fromMs: 0, toMs: 1 };
  return { fromMs: 2 ** ((bucket - 1) / BUCKETS_PER_DOUBLING), toMs: 2 ** (bucket / BUCKETS_PER_DOUBLING) };
}

/** Where a status counts that this receipt told first. */
export function toldBy(receipt: Pick<ToldReceipt, 'at' | 'how' | 'after' | 'source'>, receivedAt: Millis, confirmed = false): Told {
  const common = { door: DOOR_OF[receipt.source], day: Math.floor(receivedAt / DAY_MS), confirmed };
  if (receipt.how === 'stated') return { ...common, kind: 'stated', bucket: bucketOf(receivedAt - receipt.at) };
  if (receipt.how === 'between' && receipt.after !== null) return { ...common, kind: 'bound', bucket: bucketOf(receivedAt - receipt.after) };
  return { ...common, kind: 'unknown', bucket: 0 };
}

/** Whether something said is a status whose freshness counts; a deletion is a mark beside it, and that it was queued is no news to who sent it. */
export function counts(said: Said): boolean {
  return said !== 'deleted' && said !== 'queued';
}

/** What the receipts of one message count for; `lane` names whom a receipt speaks of. */
export function toldOf(receipts: readonly ToldReceipt[], lane: (person: string) => string): readonly Told[] {
  const firsts = new Map<string, { first: ToldReceipt; byWebhook: boolean }>();
  for (const receipt of receipts) {
    if (!counts(receipt.said)) continue;
    const key = `${receipt.said}|${lane(receipt.person)}`;
    const known = firsts.get(key);
    if (known === undefined) firsts.set(key, { first: receipt, byWebhook: receipt.source === 'webhook' });
    else {
      if (isEarlier(receipt, known.first)) known.first = receipt;
      known.byWebhook ||= receipt.source === 'webhook';
    }
  }
  return [...firsts.values()].flatMap(({ first, byWebhook }) => {
    if (first.receivedAt === null) return [];
    const asked = first.source === 'poll' || first.source === 'import';
    return [toldBy(first, first.receivedAt, asked && byWebhook)];
  });
}

/** One entry may tell the same status twice with different times: the earlier one counts. */
function isEarlier(a: ToldReceipt, b: ToldReceipt): boolean {
  return (a.inboxId - b.inboxId || a.at - b.at || (a.key < b.key ? -1 : 1)) < 0;
}
