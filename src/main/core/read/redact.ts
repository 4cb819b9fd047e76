/** What stays of numbers and names where the screen is shared, or an export is redacted. */
import type { MessageRow, ReceiptView, RecipientView } from '../../../shared/contract/views.ts';
import { maskNumbers } from '../domain/mask.ts';
import { maskAddress } from '../domain/phone.ts';
import type { Lane } from '../domain/status.ts';

/** "Amara Osei" as "A. O.". */
export function shortName(name: string): string {
  return name
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => `${[...word][0]}.`)
    .slice(0, 3)
    .join(' ');
}

/** Some gateways put the chat's address into a message's id, like `true_447700900219@c.us_3EB0…`; others number messages. */
export function maskId(id: string, chat: string | null): string {
  const digits = chat?.replace(/\D/g, '') ?? '';
  const withoutAddresses = id.replace(/\d{5,}(?=(?:[._:]\d{1,5})?@)|\d{5,}(?=-\d{5,}@)/g, (run) => `···${run.slice(-3)}`);
  return digits.length < 5 ? withoutAddresses : withoutAddresses.replaceAll(digits, `···${digits.slice(-3)}`);
}

export function maskWhom(address: string): string {
  // A group's own address can hold the number of whoever founded it.
  return address.includes('@') ? maskId(address, null) : maskAddress(address);
}

export function redactRow(row: MessageRow): MessageRow {
  return {
    ...row,
    messageId: row.messageId === null ? null : maskId(row.messageId, row.recipient),
    providerMessageId: row.providerMessageId === null ? null : maskId(row.providerMessageId, row.recipient),
    recipient: row.recipient === null ? null : maskWhom(row.recipient),
    name: row.name === null ? null : shortName(row.name),
    failure: row.failure === null ? null : maskNumbers(row.failure),
    tags: row.tags.map(maskNumbers),
    text: null,
    steps: redactSteps(row.steps),
  };
}

export function redactRecipient(view: RecipientView): RecipientView {
  return {
    ...view,
    recipient: maskWhom(view.recipient),
    name: view.name === null ? null : shortName(view.name),
    failure: view.failure === null ? null : maskNumbers(view.failure),
    steps: redactSteps(view.steps),
  };
}

export function redactReceipt(view: ReceiptView): ReceiptView {
  return {
    ...view,
    recipient: maskWhom(view.recipient),
    person: view.person === null ? null : maskWhom(view.person),
    reason: view.reason === null ? null : maskNumbers(view.reason),
  };
}

/** The reason of a failure is a provider's free text. */
function redactSteps(steps: Lane): Lane {
  const failed = steps.failed;
  return failed?.reason === undefined ? steps : { ...steps, failed: { ...failed, reason: maskNumbers(failed.reason) } };
}
