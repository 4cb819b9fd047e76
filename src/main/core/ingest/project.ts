/**
 * From receipts to what a message shows. `projectMessage` is the one place that says what the record's
 * shown fields are; the quick way (one receipt at a time) and the slow way (all receipts again) both end
 * in it, and must agree to the last bit.
 */
import { advance, EMPTY_LANE, groupSteps, type Lane, type Step, statusOf, summariseGroup } from '../domain/status.ts';
import type { MessageRecord, StoredReceipt } from '../ports/store.ts';

/** The lanes of one message: '' is the message as a whole, every other key one person of a group. */
export type Lanes = Map<string, Lane>;

/** The step that a receipt is evidence for. */
export function stepOf(receipt: Pick<StoredReceipt, 'at' | 'how' | 'after' | 'reason'>): Step {
  return {
    at: receipt.at,
    how: receipt.how,
    ...(receipt.after === null ? {} : { after: receipt.after }),
    ...(receipt.reason === null ? {} : { reason: receipt.reason }),
  };
}

/** All lanes, from all receipts of one message; `canonical` names the person behind an address. */
export function lanesOf(receipts: readonly StoredReceipt[], canonical: (person: string) => string): Lanes {
  const lanes: Lanes = new Map();
  for (const receipt of receipts) {
    const person = receipt.person === '' ? '' : canonical(receipt.person);
    lanes.set(person, advance(lanes.get(person) ?? EMPTY_LANE, receipt.said, stepOf(receipt)));
  }
  return lanes;
}

/** Writes the shown fields of `message` from its lanes. */
export function projectMessage(message: MessageRecord, lanes: ReadonlyMap<string, Lane>): void {
  const own = lanes.get('') ?? EMPTY_LANE;
  if (message.kind === 'group') {
    const people = [...lanes].filter(([person]) => person !== '').map(([, lane]) => lane);
    const summary = summariseGroup(own, people, message.groupSize ?? undefined);
    message.summary = summary;
    message.steps = groupSteps(own, people, message.groupSize ?? undefined);
    message.status = summary.status ?? null;
  } else {
    message.summary = null;
    message.steps = own;
    message.status = statusOf(own) ?? null;
  }
  message.statusAt = (message.status && message.steps[message.status]?.at) ?? null;
  message.failure = message.status === 'failed' ? (message.steps.failed?.reason ?? own.failed?.reason ?? null) : null;
  message.deleted = own.deleted !== undefined;
}
