/** What stays of numbers and names where the screen is shared, or an export is redacted. */
import type { MessageRow, ReceiptView, RecipientView, ReplayChange } from '../../../shared/contract/views.ts';
import { readEscapes, rewriteJson } from '../domain/jsonScan.ts';
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

/** Keys under which providers write what people are called. */
export const NAME_KEYS: ReadonlySet<string> = new Set([
  ...['name', 'notify', 'pushname', 'verifiedname', 'verifiedbizname', 'shortname', 'displayname', 'fullname', 'username', 'subject'],
]);

/** A body with every name in it shortened. */
export function withoutNames(body: string): string {
  return rewriteJson(body, {
    marksFor: () => 0,
    onString: (inside, { key }, isKey) =>
      isKey || inside === '' || !NAME_KEYS.has(key.toLowerCase().replace(/[_-]/g, ''))
        ? undefined
        : JSON.stringify(shortName(readEscapes(inside))).slice(1, -1),
  });
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

export function redactChange(change: ReplayChange): ReplayChange {
  const state = (one: ReplayChange['before']) =>
    one && { ...one, failure: one.failure === null ? null : maskNumbers(one.failure), steps: redactSteps(one.steps) };
  return {
    ...change,
    messageId: change.messageId === null ? null : maskId(change.messageId, change.recipient),
    recipient: change.recipient === null ? null : maskWhom(change.recipient),
    name: change.name === null ? null : shortName(change.name),
    before: state(change.before),
    after: state(change.after),
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
