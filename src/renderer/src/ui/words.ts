/** The words for statuses and sources, in one place. */
import type { Certainty, InboxState, MessageRow, Said, Source } from '../../../shared/contract/views.ts';
import { count } from './format.ts';
import { maskedRecipient, shortId } from './phone.ts';

export const SAID_WORD: Readonly<Record<Said, string>> = {
  queued: 'Queued',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  played: 'Played',
  failed: 'Failed',
  deleted: 'Deleted',
};

export const SOURCE_WORD: Readonly<Record<Source, string>> = {
  webhook: 'webhook',
  poll: 'polling',
  send: 'sent from here',
  import: 'message log',
  track: 'registered',
};

export const INBOX_WORD: Readonly<Record<InboxState, string>> = {
  kept: 'Waiting',
  applied: 'Applied',
  duplicate: 'Repeat',
  ignored: 'Ignored',
  quarantined: 'Quarantined',
};

/** Where read receipts seem to be off, nobody can say that it was not read. */
export const UNSEEN_WORD = 'Delivered; reading cannot be seen';

/** What a row says in its state column: "Read by 7 of 12", the reason of a failure, or the status. */
export function stateWords(row: MessageRow): string {
  if (row.deleted) return 'Deleted';
  if (row.status === 'failed') return row.failure ?? 'Failed';
  const group = row.group;
  if (group && group.people > 0) {
    if (group.played > 0 && row.status !== 'played' && group.read === group.people)
      return `Played by ${count(group.played)} of ${count(group.people)}`;
    if (group.read > 0 && group.read < group.people) return `Read by ${count(group.read)} of ${count(group.people)}`;
    if (group.delivered > 0 && group.delivered < group.people) return `Delivered to ${count(group.delivered)} of ${count(group.people)}`;
  }
  if (row.unseen !== null && row.status === 'delivered') return UNSEEN_WORD;
  return row.status === null ? 'Not known yet' : SAID_WORD[row.status];
}

/** Which tick a row wears: for a group, what somebody has reached is not shown as if all had. */
export function tickOf(row: MessageRow): Said | 'unknown' {
  if (row.deleted) return 'deleted';
  return row.status ?? 'unknown';
}

/** The first line of a row. */
export function titleOf(row: Pick<MessageRow, 'name' | 'recipient' | 'kind'>): string {
  if (row.name) return row.name;
  if (row.recipient === null) return 'Recipient not known yet';
  return row.kind === 'group' ? 'Group' : maskedRecipient(row.recipient);
}

/** The second line of a row: how many people, the number, or what else tells one message from another. */
export function subtitleOf(row: MessageRow): string {
  if (row.kind === 'group') {
    const people = row.group?.people ?? 0;
    return people > 0 ? `${count(people)} ${people === 1 ? 'person' : 'people'}` : 'people not known yet';
  }
  if (row.recipient === null) return '';
  if (row.name) return maskedRecipient(row.recipient);
  const id = row.messageId ?? row.providerMessageId;
  return row.text ?? (id === null ? '' : shortId(id));
}

/** How a time is known: "stated by WASenderApi". `bounded` says whether an earlier answer bounds it from below. */
export function certaintyWords(how: Certainty, provider: string, bounded: boolean): string {
  switch (how) {
    case 'stated':
      return `stated by ${provider}`;
    case 'arrival':
      return 'when it reached us';
    case 'between':
      return bounded ? 'found by polling, between two answers' : 'found by polling, no later than this';
  }
}

/** What one inbox entry is called beside a step: "webhook 5203". */
export const ENTRY_WORD: Readonly<Record<Source, string>> = {
  webhook: 'webhook',
  poll: 'answer',
  send: 'answer to the send',
  import: 'log page',
  track: 'entry',
};

const WITNESS_WORD: Readonly<Record<Source, string>> = {
  poll: 'the provider, when asked',
  send: 'the provider, when it was sent',
  import: 'the provider’s message log',
  track: 'whoever registered it',
  webhook: 'a signed webhook',
};

/** Who told the status shown, and whether their word counts. */
export function trustWords(row: Pick<MessageRow, 'confirmedBy' | 'doubt' | 'providerMessageId'>): string {
  if (row.confirmedBy !== null) return WITNESS_WORD[row.confirmedBy];
  if (row.doubt === 'burst') return 'webhook, in a flood of messages never met before; not confirmed';
  return row.providerMessageId === null ? 'webhook; it cannot be asked about' : 'webhook, not yet confirmed by asking';
}
