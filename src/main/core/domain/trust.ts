/**
 * How far a status can be trusted. Where a webhook is proven by a password alone, whoever saw one request can
 * write any number of them; so what a webhook says is shown, but counts as a hint until an answer to a question
 * of ours says the same. Where the signature covers the bytes, a webhook confirms itself.
 */
import { isPhone } from './address.ts';
import type { Millis } from './ids.ts';
import type { Receipt, Source } from './receipt.ts';
import { isShownOver, type Said, type Status } from './status.ts';

/** What proves a provider's webhooks: a secret that is sent along, or a signature over the bytes. */
export type WebhookProof = 'password' | 'signature';

/** Why a message is doubted more than others: it was met in a flood of webhooks about messages unknown to us. */
export type Doubt = 'burst';

/** The highest status that somebody told of a message whose word counts, and who it was. */
export type Confirmation = { readonly confirmed: Status | null; readonly confirmedBy: Source | null };

/** Of two who tell the same, who is named; so that the order of telling makes no difference. */
const WITNESSES: readonly Source[] = ['poll', 'send', 'import', 'track', 'webhook'];

/** Whether word from `source` confirms what it says. */
export function isWitness(source: Source, proof: WebhookProof): boolean {
  return source !== 'webhook' || proof === 'signature';
}

/** Whether `said`, told by a witness, confirms more than what is confirmed already. */
export function confirmsMore(known: Confirmation, said: Said, by: Source): said is Status {
  if (said === 'deleted') return false;
  if (known.confirmed === null || known.confirmedBy === null) return true;
  if (known.confirmed === said) return WITNESSES.indexOf(by) < WITNESSES.indexOf(known.confirmedBy);
  return isShownOver(said, known.confirmed);
}

/** From all receipts of a message. */
export function confirmationOf(receipts: readonly { readonly said: Said; readonly source: Source }[], proof: WebhookProof): Confirmation {
  let known: Confirmation = { confirmed: null, confirmedBy: null };
  for (const { said, source } of receipts)
    if (isWitness(source, proof) && confirmsMore(known, said, source)) known = { confirmed: said, confirmedBy: source };
  return known;
}

/** Whether the status that a message shows was told by a witness. */
export function isConfirmed(message: Pick<Confirmation, 'confirmed'> & { readonly status: Status | null }): boolean {
  if (message.status === null || message.confirmed === null) return false;
  return message.confirmed === message.status || isShownOver(message.confirmed, message.status);
}

/** Whether something outside the app (a CRM, a follow-up, a notification to somebody else) may act on the message's status. */
export function mayTriggerOutside(message: Pick<Confirmation, 'confirmed'> & { readonly status: Status | null }): boolean {
  return isConfirmed(message);
}

/** Beyond what the clocks differ by, a stated time may lie this far ahead of its arrival. */
export const AHEAD_TOLERANCE_MS = 5 * 60_000;
/** A receipt may be stated this long before its message was sent: clocks are set, and providers write dates without zones. */
export const BEFORE_SENT_TOLERANCE_MS = 24 * 3_600_000;
/** Numbers that end alike may be one person's: some countries put a digit in or leave it out. */
const SAME_ENDING = 7;

export const CANNOT_BE_TRUE = 'cannot be true';

/**
 * Why a webhook's statement cannot be true; `undefined` for everything that can. `skewMs` is the provider's
 * clock minus ours; while that is not known, no time is called impossible for lying ahead.
 */
export function impossible(
  receipt: Pick<Receipt, 'said' | 'at' | 'how' | 'person' | 'chat'>,
  known: {
    readonly receivedAt: Millis;
    readonly skewMs: number | undefined;
    readonly message: { readonly kind: 'person' | 'group'; readonly chat: string | null; readonly bornAt: Millis | null } | undefined;
  },
): string | undefined {
  const { message } = known;
  if (receipt.how === 'stated' && known.skewMs !== undefined && receipt.at > known.receivedAt + AHEAD_TOLERANCE_MS + Math.max(0, known.skewMs))
    return `${CANNOT_BE_TRUE}: its time lies ahead of the moment at which it came`;
  if (message === undefined) return undefined;
  if (receipt.how === 'stated' && message.bornAt !== null && receipt.at < message.bornAt - BEFORE_SENT_TOLERANCE_MS)
    return `${CANNOT_BE_TRUE}: its time lies more than a day before the message was sent`;
  const somebodyElse =
    message.kind === 'person' && message.chat !== null && receipt.person !== undefined && areDifferentPeople(message.chat, receipt.person);
  if (somebodyElse) return `${CANNOT_BE_TRUE}: it speaks of somebody to whom the message was not sent`;
  return undefined;
}

function areDifferentPeople(a: string, b: string): boolean {
  return isPhone(a) && isPhone(b) && a.slice(-SAME_ENDING) !== b.slice(-SAME_ENDING);
}
