/**
 * Takes one person out of one database, live or a copy, in small helpings. Each helping is one transaction
 * and may be done again, so a killed erasure goes on where it was.
 */
import type { InboxId } from '../domain/ids.ts';
import { createApplier } from '../ingest/apply.ts';
import type { EraseStep } from '../ports/privacy.ts';
import type { Normalised } from '../ports/provider.ts';
import type { Store, StoredEntry } from '../ports/store.ts';
import type { Eraser } from './eraser.ts';
import type { Suppression } from './suppression.ts';

export type RowStep = Extract<EraseStep, 'messages' | 'groups' | 'inbox' | 'tables'>;

export type RowWork = {
  readonly store: Store;
  readonly addresses: readonly string[];
  readonly eraser: Eraser;
  readonly suppression: Pick<Suppression, 'judge'>;
  readonly understand: (entry: StoredEntry) => Normalised;
  /** Told of each message before it goes. Joins the transaction. */
  readonly onMessage: (account: string, ids: readonly string[]) => void;
  /** Adds to a figure of the receipt. */
  readonly count: (what: string, by: number) => void;
  /** Writes down how far it is, in the transaction of the helping that got there. */
  readonly save: (step: RowStep, cursor: string) => void;
  /** Between two helpings. Rejects when the work must stop. */
  readonly breathe: () => Promise<void>;
};

const ENTRIES_AT_ONCE = 200;
const ROWS_AT_ONCE = 500;
/** Planning the polling of a group message can wait for its next receipt. */
const NO_TRACKING = { track() {}, settle() {}, merged() {} };

/** Does what is left from `step` and `cursor` on. */
export async function eraseRows(work: RowWork, step: RowStep, cursor: string): Promise<void> {
  const steps: readonly RowStep[] = ['messages', 'groups', 'inbox', 'tables'];
  const run: Readonly<Record<RowStep, (cursor: string) => Promise<void>>> = {
    messages: (from) => eachStretch(work, 'messages', from, eraseMessages),
    groups: (from) => eachStretch(work, 'groups', from, eraseFromGroups),
    inbox: (from) => eachStretch(work, 'inbox', from, eraseEntries),
    tables: (from) => eraseTables(work, from),
  };
  for (const one of steps.slice(steps.indexOf(step))) await run[one](one === step ? cursor : '');
}

async function eachStretch(work: RowWork, step: RowStep, cursor: string, part: (work: RowWork, after: number) => number | undefined): Promise<void> {
  for (let after: number | undefined = Number(cursor); after !== undefined; ) {
    const from: number = after;
    after = work.store.transaction(() => {
      const next = part(work, from);
      work.save(step, String(next ?? from));
      return next;
    });
    await work.breathe();
  }
}

/** Messages to this person: they go, with everything that was said of them. */
function eraseMessages(work: RowWork, after: number): number | undefined {
  const { store } = work;
  const { messages, next } = store.privacy.messagesTo(work.addresses, after);
  for (const message of messages) {
    const receipts = store.messages.receipts(message.row);
    work.onMessage(
      message.account,
      [message.waId, message.providerId].filter((id) => id !== null),
    );
    store.messages.remove(message.row);
    work.count('messages', 1);
    work.count('receipts', receipts.length);
    for (const id of new Set(receipts.map((receipt) => receipt.inboxId))) eraseEntry(work, store.inbox.get(id));
  }
  return next;
}

/** Messages to a group that they are in: the message stays, and so does what the others got. */
function eraseFromGroups(work: RowWork, after: number): number | undefined {
  const { store } = work;
  const { rows, next } = store.privacy.groupsWith(work.addresses, after);
  const applier = createApplier(store, NO_TRACKING);
  for (const row of rows) {
    work.count('groupReceipts', store.privacy.leaveGroup(row, work.addresses));
    work.count('groupMessages', 1);
    applier.rebuild(row);
  }
  applier.flush();
  return next;
}

function eraseEntries(work: RowWork, after: number): number | undefined {
  const entries = work.store.privacy.entries(after, ENTRIES_AT_ONCE);
  for (const entry of entries) if (work.eraser.holdsBytes(entry.body)) eraseEntry(work, entry);
  return entries.length < ENTRIES_AT_ONCE ? undefined : entries.at(-1)?.id;
}

/** An entry that speaks only of this person goes; one that speaks of others too, or cannot be read, keeps the rest of its bytes. */
function eraseEntry(work: RowWork, entry: StoredEntry | undefined): void {
  if (entry === undefined) return;
  const { store, eraser } = work;
  const clean = eraser.scrubBytes(entry.body, true);
  if (entry.state !== 'kept' && speaksOfNobodyElse(work, entry)) work.count('entriesRemoved', store.privacy.deleteEntry(entry.id));
  else if (clean !== entry.body) {
    store.privacy.rewriteEntry(entry.id, clean);
    work.count('entriesRewritten', 1);
  }
}

function speaksOfNobodyElse(work: RowWork, entry: StoredEntry): boolean {
  if (work.store.messages.receiptsOfEntry(entry.id as InboxId).length > 0) return false;
  const normalised = work.understand(entry);
  if (normalised.oddities.some((oddity) => oddity.kind === 'broken')) return false;
  return work.suppression.judge(entry.account, normalised).facts.length === 0;
}

/** Names and links between addresses, and then every text of every table. The cursor is the table: within one, it begins anew. */
async function eraseTables(work: RowWork, cursor: string): Promise<void> {
  const { store, eraser } = work;
  store.transaction(() => {
    const { contacts, aliases } = store.privacy.forgetPeople(work.addresses);
    work.count('contacts', contacts);
    work.count('aliases', aliases);
    work.save('tables', cursor);
  });
  for (const table of store.privacy.tables().filter((name) => name >= cursor)) {
    for (let from: string | undefined = ''; from !== undefined; ) {
      const start: string = from;
      from = store.transaction(() => {
        const swept = store.privacy.sweep(table, start, ROWS_AT_ONCE, eraser.scrub, (bytes) => eraser.scrubBytes(bytes));
        work.count('otherRows', swept.rewritten + swept.removed);
        work.save('tables', table);
        return swept.next;
      });
      await work.breathe();
    }
  }
}
