/** Stored records as the window is shown them. */
import type { GapView, InboxRow, MessageRow, ReceiptView, RecipientView, Timeline } from '../../../shared/contract/views.ts';
import { messageKey } from '../domain/ids.ts';
import { maskNumbers } from '../domain/mask.ts';
import { compareTold, type Lane, statusOf } from '../domain/status.ts';
import { isConfirmed } from '../domain/trust.ts';
import type { EntryHead, Gap, MessageRecord, Store, StoredReceipt } from '../ports/store.ts';
import type { Readings } from './reading.ts';

import { redactReceipt, redactRecipient, redactRow } from './redact.ts';

/** What a row needs to know beyond its own record. */
export type RowContext = {
  readonly now: number;
  /** Numbers and names are shortened: others see the screen. */
  readonly redact: boolean;
  isDemo(account: string): boolean;
  gapsOf(account: string): readonly Gap[];
  /** What the contacts call an address. */
  nameOf(account: string, address: string): string | undefined;
  readonly readings: Readings;
};

export function toMessageRow(message: MessageRecord, context: RowContext): MessageRow {
  const row: MessageRow = {
    id: messageKey(message.row),
    account: message.account,
    demo: context.isDemo(message.account),
    messageId: message.waId,
    providerMessageId: message.providerId,
    recipient: message.chat,
    name: message.name ?? (message.chat === null ? null : (context.nameOf(message.account, message.chat) ?? null)),
    kind: message.kind,
    status: message.status,
    statusAt: message.statusAt,
    firstAt: message.firstAt,
    steps: message.steps,
    group: message.summary,
    failure: message.failure,
    deleted: message.deleted,
    tags: message.tags,
    text: message.text,
    confirmedBy: isConfirmed(message) ? message.confirmedBy : null,
    doubt: isConfirmed(message) ? null : message.doubt,
    unseen: context.readings.of(message)?.unseen ?? null,
    gaps: gapsDuring(message, context).map((gap) => ({ from: gap.from, to: gap.to })),
  };
  return context.redact ? redactRow(row) : row;
}

/** The gaps that overlap the stretch in which the message could still change: up to its last step, or until now while it can climb. */
export function gapsDuring(message: Pick<MessageRecord, 'account' | 'firstAt' | 'status' | 'steps'>, context: RowContext): readonly Gap[] {
  const gaps = context.gapsOf(message.account);
  if (gaps.length === 0) return gaps;
  const ended = message.status === 'read' || message.status === 'played' || message.status === 'failed';
  const last = ended ? Math.max(...Object.values(message.steps).map((step) => step.at)) : context.now;
  return gaps.filter((gap) => gap.from <= last && (gap.to ?? context.now) >= message.firstAt);
}

export function toGapView(gap: Gap): GapView {
  return { id: gap.id, account: gap.account, from: gap.from, to: gap.to, why: gap.why, recovered: gap.recovered, reconciledAt: gap.reconciledAt };
}

export function toInboxRow(head: EntryHead): InboxRow {
  return {
    id: head.id,
    account: head.account,
    source: head.source,
    shape: head.shape,
    event: head.event,
    state: head.state,
    // Numbers are masked in every view of the inbox.
    reason: head.reason === null ? null : maskNumbers(head.reason),
    receivedAt: head.receivedAt,
    bytes: head.bytes,
    repeats: head.repeats,
    duplicateOf: head.duplicateOf,
    removed: head.removedAt === null || head.removedBy === null ? null : { at: head.removedAt, by: head.removedBy },
  };
}

/** One message's whole life: who, what was said of them in order of time, what we could not see, and the entries behind it. */
export function timelineOf(store: Store, message: MessageRecord, context: RowContext, seq: number): Timeline {
  const receipts = store.messages.receipts(message.row);
  const heads = store.inbox.heads([...new Set(receipts.map((receipt) => receipt.inboxId))]);
  const byId = new Map<number, EntryHead>(heads.map((head) => [head.id, head]));
  const chat = message.chat ?? '';
  return {
    message: toMessageRow(message, context),
    recipients: recipientsOf(store, message, context).map((recipient) => (context.redact ? redactRecipient(recipient) : recipient)),
    receipts: receipts
      .map((receipt) => toReceiptView(receipt, chat, byId.get(receipt.inboxId)))
      .map((receipt) => (context.redact ? redactReceipt(receipt) : receipt))
      .sort(inOrder)
      .map((view, i) => ({ ...view, id: i + 1 })),
    gaps: gapsDuring(message, context).map(toGapView),
    unseenWords: context.readings.of(message)?.words ?? null,
    inbox: heads.map(toInboxRow),
    seq,
  };
}

function inOrder(a: ReceiptView, b: ReceiptView): number {
  return compareTold(a, b) || a.receivedAt - b.receivedAt || a.inboxId - b.inboxId;
}

function recipientsOf(store: Store, message: MessageRecord, context: RowContext): readonly RecipientView[] {
  const nameOf = (address: string) => context.nameOf(message.account, address) ?? null;
  const chat = message.chat ?? '';
  if (message.kind === 'person') return [toRecipient(chat, message.name ?? nameOf(chat), message.steps)];
  return [...store.messages.lanes(message.row)]
    .filter(([person]) => person !== '')
    .map(([person, lane]) => toRecipient(person, nameOf(person), lane));
}

function toRecipient(recipient: string, name: string | null, steps: Lane): RecipientView {
  const status = statusOf(steps) ?? null;
  return {
    recipient,
    name,
    status,
    statusAt: (status && steps[status]?.at) ?? null,
    steps,
    failure: status === 'failed' ? (steps.failed?.reason ?? null) : null,
  };
}

function toReceiptView(receipt: StoredReceipt, chat: string, head: EntryHead | undefined): ReceiptView {
  return {
    id: 0,
    said: receipt.said,
    status: receipt.said,
    recipient: receipt.person === '' ? chat : receipt.person,
    person: receipt.person === '' ? null : receipt.person,
    at: receipt.at,
    certainty: receipt.how,
    after: receipt.after,
    source: receipt.source,
    receivedAt: head?.receivedAt ?? receipt.at,
    reason: receipt.reason,
    inboxId: receipt.inboxId,
    repeats: head?.repeats ?? 0,
  };
}
