/**
 * Applies what one entry says, inside a transaction: finds or makes the message, adds the receipts that
 * are new, advances the lanes. The same entry applied again changes nothing.
 */
import { hasManyPeople } from '../domain/address.ts';
import type { AccountId, InboxId } from '../domain/ids.ts';
import { type MessageRef, receiptKey, type Source } from '../domain/receipt.ts';
import { advance, EMPTY_LANE, type Lane } from '../domain/status.ts';
import { confirmationOf, confirmsMore, impossible, isWitness } from '../domain/trust.ts';
import type { Fact, Normalised } from '../ports/provider.ts';
import type { MessageRecord, Store, StoredReceipt } from '../ports/store.ts';
import { type Lanes, lanesOf, projectMessage, stepOf } from './project.ts';
import { createTellings } from './tellings.ts';
import { TRUST_NOBODY, type Trusting } from './trusting.ts';
import { type Again, judge, type Verdict } from './verdict.ts';

export type { Again, Verdict } from './verdict.ts';

export type EntryContext = { readonly id: InboxId; readonly account: AccountId; readonly source: Source; readonly receivedAt: number };

type MessageFact = Extract<Fact, { kind: 'message' }>;
type ReceiptFact = Extract<Fact, { kind: 'receipt' }>;

/** What a message's id or fate means to whoever plans the polling; called inside the transaction. */
export type Tracking = {
  track(message: MessageRecord): void;
  /** `heard`: through which door the news came; absent when it was only computed afresh. */
  settle(message: MessageRecord, heard?: Source): void;
  /** `into` is what has become of it and of the message numbered `from`, which is removed next. */
  merged(from: number, into: MessageRecord): void;
};

/** A message as it was before a transaction touched it; `lanes` only of a group. */
export type Before = { readonly message: MessageRecord; readonly lanes: ReadonlyMap<string, Lane> };

export type Applier = {
  apply(entry: EntryContext, normalised: Normalised, again?: Again): Verdict;
  /** Recomputes a message from all its receipts. */
  rebuild(row: number): void;
  /** The receipts of this message are about to be dropped or read anew. */
  disturb(row: number): void;
  /** Writes what is still held in memory; call before the transaction ends. */
  flush(): void;
  /** Rows changed, rows gone, and entries that can be understood now, since the last call. */
  takeChanges(): { readonly changed: ReadonlySet<number>; readonly gone: ReadonlySet<number>; readonly awakened: readonly InboxId[] };
  /** Forgets everything held in memory, after a transaction that was taken back. */
  reset(): void;
  /** From now until `reset`, notes in `before` what each message was when it was first touched; undefined for a new one. */
  watch(before: Map<number, Before | undefined>): void;
};

type Held = { message: MessageRecord; lanes: Lanes | undefined; touched: Set<string>; dirty: boolean; heard?: Source };

export function createApplier(store: Store, tracking: Tracking, trusting: Trusting = TRUST_NOBODY): Applier {
  /** Messages touched in this transaction: each is read once and saved once however many receipts it gets. */
  let held = new Map<number, Held>();
  let byId = new Map<string, Held>();
  let changed = new Set<number>();
  let gone = new Set<number>();
  let awakened: InboxId[] = [];
  /** The entries that said first what the entry at hand says again. */
  let repeats: Set<InboxId> = NOBODY;
  /** The first of them that said it in the very same way. */
  let repeatOf: InboxId | undefined;
  let watched: Map<number, Before | undefined> | undefined;
  let saidBefore: ReadonlySet<string> = NOTHING;
  /** Why some of what the entry at hand says cannot be true. */
  let doubts: string[] = NO_DOUBTS;
  let again: Again | undefined;

  const waName = (account: AccountId, waId: string) => `${account}|w|${waId}`;
  const providerName = (account: AccountId, id: string) => `${account}|p|${id}`;

  function noteBefore(message: MessageRecord): void {
    if (watched === undefined || watched.has(message.row)) return;
    watched.set(message.row, { message: { ...message }, lanes: message.kind === 'group' ? store.messages.lanes(message.row) : new Map() });
  }

  function repeat(first: InboxId): void {
    if (repeats === NOBODY) repeats = new Set();
    repeats.add(first);
  }

  function hold(message: MessageRecord, lanes?: Lanes): Held {
    const known = held.get(message.row);
    if (known) return known;
    noteBefore(message);
    const fresh: Held = { message, lanes, touched: new Set(), dirty: false };
    held.set(message.row, fresh);
    name(fresh);
    return fresh;
  }

  function name(item: Held): void {
    if (item.message.waId !== null) byId.set(waName(item.message.account, item.message.waId), item);
    if (item.message.providerId !== null) byId.set(providerName(item.message.account, item.message.providerId), item);
  }

  function find(account: AccountId, kind: 'waId' | 'providerId', id: string | undefined): Held | undefined {
    if (id === undefined) return undefined;
    const known = byId.get(kind === 'waId' ? waName(account, id) : providerName(account, id));
    if (known) return known;
    const message = kind === 'waId' ? store.messages.byWaId(account, id) : store.messages.byProviderId(account, id);
    return message && hold(message);
  }

  const tellings = createTellings(store, laneName);

  function lanesFor(item: Held): Lanes {
    if (item.lanes === undefined) {
      item.lanes = item.message.kind === 'group' ? new Map(store.messages.lanes(item.message.row)) : new Map([['', item.message.steps]]);
    }
    return item.lanes;
  }

  function person(account: AccountId, address: string): string {
    return address.endsWith('@lid') ? (store.messages.alias(account, address) ?? address) : address;
  }

  /** Whose lane a receipt belongs to: outside groups the one recipient is the message itself. */
  function laneName(message: MessageRecord, address: string): string {
    return address === '' || message.kind === 'person' ? '' : person(message.account, address);
  }

  /** The message that `ref` names, joined into one where its two ids had named two until now. */
  function locate(account: AccountId, ref: MessageRef): Held | undefined {
    const byWa = find(account, 'waId', ref.waId);
    const byProvider = find(account, 'providerId', ref.providerId);
    if (byWa && byProvider && byWa !== byProvider && mayBeOne(byWa.message, byProvider.message)) return merge(byWa, byProvider);
    // Of two that are known to be different, WhatsApp's own id says which one is meant.
    const found = byWa ?? byProvider;
    if (found) learnIds(found, ref);
    return found;
  }

  function learnIds(item: Held, ref: MessageRef): void {
    const { message } = item;
    const newWaId = ref.waId !== undefined && message.waId === null;
    // An id that already names another message names no second one.
    const newProviderId = ref.providerId !== undefined && message.providerId === null && !find(message.account, 'providerId', ref.providerId);
    if (newWaId) message.waId = ref.waId ?? null;
    if (newProviderId) message.providerId = ref.providerId ?? null;
    if (!newWaId && !newProviderId) return;
    item.dirty = true;
    changed.add(message.row);
    name(item);
    if (newWaId && message.waId !== null) awakened.push(...store.inbox.takeWaiting(message.account, message.waId));
    if (newProviderId) tracking.track(message);
  }

  function merge(a: Held, b: Held): Held {
    flush();
    tellings.disturb(a.message);
    tellings.disturb(b.message);
    const [into, from] = a.message.row < b.message.row ? [a.message, b.message] : [b.message, a.message];
    store.messages.moveReceipts(from.row, into.row);
    into.waId ??= from.waId;
    into.providerId ??= from.providerId;
    tracking.merged(from.row, into);
    store.messages.remove(from.row);
    into.chat ??= from.chat;
    into.name ??= from.name;
    into.text ??= from.text;
    into.groupSize ??= from.groupSize;
    if (from.kind === 'group') into.kind = 'group';
    into.bornAt = into.bornAt === null ? from.bornAt : Math.min(into.bornAt, from.bornAt ?? into.bornAt);
    into.firstAt = Math.min(into.firstAt, from.firstAt);
    into.tags = [...new Set([...into.tags, ...from.tags])];
    store.messages.save(into);
    gone.add(from.row);
    changed.delete(from.row);
    rebuild(into.row);
    const merged = held.get(into.row) ?? hold(into);
    if (merged.message.providerId !== null) tracking.track(merged.message);
    tracking.settle(merged.message);
    return merged;
  }

  function create(entry: EntryContext, ref: MessageRef, chat: string | undefined, bornAt: number | null, firstAt: number): Held {
    const { account } = entry;
    const unasked = entry.source === 'webhook' && again === undefined && trusting.proof(account) === 'password';
    const message = store.messages.insert({
      account,
      waId: ref.waId ?? null,
      providerId: ref.providerId ?? null,
      chat: chat === undefined ? null : person(account, chat),
      kind: chat !== undefined && hasManyPeople(chat) ? 'group' : 'person',
      name: null,
      text: null,
      tags: [],
      groupSize: null,
      bornAt,
      firstAt,
      status: null,
      statusAt: null,
      failure: null,
      deleted: false,
      steps: EMPTY_LANE,
      summary: null,
      confirmed: null,
      confirmedBy: null,
      doubt: unasked && trusting.met(account, entry.receivedAt) ? 'burst' : null,
    });
    watched?.set(message.row, undefined);
    const item = hold(message, new Map());
    changed.add(message.row);
    if (message.waId !== null) awakened.push(...store.inbox.takeWaiting(account, message.waId));
    if (message.providerId !== null) tracking.track(message);
    return item;
  }

  /** Takes a better address for the chat; a message that turns out to be a group's is computed afresh. */
  function learnChat(item: Held, chat: string | undefined): Held {
    if (chat === undefined) return item;
    const { message } = item;
    const address = person(message.account, chat);
    const better = message.chat === null || (message.chat.endsWith('@lid') && !address.endsWith('@lid'));
    if (!better || address === message.chat) return item;
    message.chat = address;
    item.dirty = true;
    changed.add(message.row);
    if (!hasManyPeople(address) || message.kind === 'group') return item;
    tellings.disturb(message);
    message.kind = 'group';
    store.messages.save(message);
    item.dirty = false;
    rebuild(message.row);
    return held.get(message.row) ?? item;
  }

  function applyMessage(entry: EntryContext, fact: MessageFact): boolean {
    const found = locate(entry.account, fact.ref);
    const item = learnChat(found ?? create(entry, fact.ref, fact.chat, fact.at ?? null, fact.at ?? entry.receivedAt), fact.chat);
    const { message } = item;
    const before = JSON.stringify([message.name, message.text, message.tags, message.groupSize, message.bornAt, message.firstAt]);
    message.name = fact.name ?? message.name;
    message.text = fact.text ?? message.text;
    message.groupSize = fact.groupSize ?? message.groupSize;
    if (fact.tags !== undefined) message.tags = [...new Set([...message.tags, ...fact.tags])];
    if (fact.at !== undefined) message.bornAt = Math.min(message.bornAt ?? fact.at, fact.at);
    message.firstAt = Math.min(message.firstAt, fact.at ?? entry.receivedAt);
    if (JSON.stringify([message.name, message.text, message.tags, message.groupSize, message.bornAt, message.firstAt]) === before)
      return found === undefined;
    item.dirty = true;
    changed.add(message.row);
    return true;
  }

  /** Whether the receipt says something that cannot be true; what was applied before stays, and the owner's word goes before. */
  function isDoubted(entry: EntryContext, fact: ReceiptFact, message: MessageRecord | undefined): boolean {
    if (entry.source !== 'webhook' || again?.anyway || saidBefore.has(receiptKey(fact, entry.source))) return false;
    if (trusting.proof(entry.account) === 'signature') return false;
    const skewMs = again === undefined ? trusting.skewMs(entry.account) : (trusting.skewMs(entry.account) ?? 0);
    const why = impossible(fact, { receivedAt: entry.receivedAt, skewMs, message });
    if (why === undefined) return false;
    doubts = [...doubts, why];
    return true;
  }

  /** True when something new was learned, or set aside; undefined when the message is not known and not claimed as ours. */
  function applyReceipt(entry: EntryContext, fact: ReceiptFact): boolean | undefined {
    let item = locate(entry.account, fact.ref);
    if (isDoubted(entry, fact, item?.message)) return true;
    if (item === undefined && fact.mine === false) {
      if (fact.ref.waId !== undefined) store.inbox.wait(entry.account, fact.ref.waId, entry.id);
      return undefined;
    }
    item = learnChat(item ?? create(entry, fact.ref, fact.chat, null, fact.at), fact.chat);
    const receipt: StoredReceipt = {
      messageRow: item.message.row,
      inboxId: entry.id,
      person: fact.person ?? '',
      said: fact.said,
      at: fact.at,
      how: fact.how,
      after: fact.after ?? null,
      source: entry.source,
      reason: fact.reason ?? null,
    };
    const lanes = lanesFor(item);
    const who = laneName(item.message, receipt.person);
    const before = lanes.get(who) ?? EMPTY_LANE;
    const after = advance(before, receipt.said, stepOf(receipt));
    const key = receiptKey(fact, entry.source);
    const confirms = isWitness(entry.source, trusting.proof(entry.account)) && confirmsMore(item.message, fact.said, entry.source);
    // A poll that finds what is known and confirmed already says nothing; every question would leave a receipt otherwise.
    if (after === before && !confirms && fact.how === 'between' && fact.at >= item.message.firstAt && !saidBefore.has(key)) {
      for (const first of store.messages.entriesSaying(item.message.row, fact.said)) if (first !== entry.id) repeat(first);
      return false;
    }
    // The same bytes again, with no time in them: only when they came tells them apart.
    if (after === before && !confirms && fact.how === 'arrival' && fact.at >= item.message.firstAt && !saidBefore.has(key)) {
      const first = store.messages.entryThatSaid(receipt);
      if (first !== undefined && first !== entry.id) {
        repeatOf ??= first;
        repeat(first);
        return false;
      }
    }
    if (!store.messages.addReceipt(key, receipt)) {
      const first = store.messages.entryOfReceipt(item.message.row, key);
      // An entry that is understood a second time, because it was awakened, repeats nobody but itself.
      if (first === entry.id) return true;
      repeatOf ??= first;
      if (first !== undefined) repeat(first);
      return false;
    }
    tellings.added(item.message, receipt, key, entry.receivedAt, before[receipt.said] === undefined);
    if (confirms) {
      item.message.confirmed = fact.said;
      item.message.confirmedBy = entry.source;
      item.dirty = true;
      changed.add(item.message.row);
    }
    if (fact.at < item.message.firstAt) {
      item.message.firstAt = fact.at;
      item.dirty = true;
      changed.add(item.message.row);
    }
    if (after !== before) {
      lanes.set(who, after);
      item.touched.add(who);
      item.dirty = true;
      item.heard = entry.source;
      changed.add(item.message.row);
    }
    return true;
  }

  function applyAlias(entry: EntryContext, lid: string, phone: string): boolean {
    if (store.messages.alias(entry.account, lid) === phone) return false;
    flush();
    const rows = store.messages.rowsMentioning(entry.account, lid);
    for (const row of rows) disturb(row);
    store.messages.addAlias(entry.account, lid, phone);
    for (const row of rows) {
      const message = store.messages.byRow(row);
      if (message === undefined) continue;
      noteBefore(message);
      if (message.chat === lid) {
        message.chat = phone;
        store.messages.save(message);
      }
      rebuild(row);
    }
    return true;
  }

  function rebuild(row: number): void {
    flush();
    const message = store.messages.byRow(row);
    if (message === undefined) return;
    noteBefore(message);
    const receipts = store.messages.receipts(row);
    const lanes = lanesOf(receipts, (address) => laneName(message, address));
    for (const receipt of receipts) message.firstAt = Math.min(message.firstAt, receipt.at);
    projectMessage(message, lanes);
    Object.assign(message, confirmationOf(receipts, trusting.proof(message.account)));
    store.messages.clearLanes(row);
    if (message.kind === 'group') for (const [who, lane] of lanes) store.messages.saveLane(row, who, lane);
    store.messages.save(message);
    tracking.settle(message);
    held.delete(row);
    hold(message, lanes);
    changed.add(row);
  }

  function disturb(row: number): void {
    const message = store.messages.byRow(row);
    if (message !== undefined) tellings.disturb(message);
  }

  function flush(): void {
    for (const item of held.values()) {
      if (!item.dirty && item.touched.size === 0) continue;
      const lanes = lanesFor(item);
      const { message } = item;
      projectMessage(message, lanes);
      if (message.kind === 'group') for (const who of item.touched) store.messages.saveLane(message.row, who, lanes.get(who) as Lane);
      store.messages.save(message);
      tracking.settle(message, item.heard);
    }
    held = new Map();
    byId = new Map();
  }

  function apply(entry: EntryContext, normalised: Normalised, anew?: Again): Verdict {
    again = anew;
    doubts = NO_DOUBTS;
    repeatOf = undefined;
    repeats = NOBODY;
    saidBefore = anew?.said ?? NOTHING;
    let learned = false;
    let understood = 0;
    let strangers = 0;
    for (const fact of normalised.facts) {
      if (fact.kind === 'receipt') {
        const result = applyReceipt(entry, fact);
        if (result === undefined) strangers++;
        else {
          understood++;
          learned = result || learned;
        }
      } else if (fact.kind === 'message') {
        understood++;
        learned = applyMessage(entry, fact) || learned;
      } else if (fact.kind === 'alias') {
        learned = applyAlias(entry, fact.lid, fact.phone) || learned;
      } else if (fact.kind === 'contact') {
        understood++;
        if (store.contacts.put(entry.account, fact.address, fact.name)) learned = true;
      } else {
        understood++;
        learned = true;
      }
    }
    const verdict = { ...judge(normalised, { learned, understood, strangers, doubts }), repeats };
    // A poll repeats whoever said it, however they came to know.
    const first = repeatOf ?? (entry.source === 'poll' ? [...repeats][0] : undefined);
    return verdict.state === 'duplicate' && first !== undefined ? { ...verdict, first } : verdict;
  }

  return {
    apply,
    rebuild,
    disturb,
    flush() {
      flush();
      tellings.settle();
    },
    takeChanges() {
      const changes = { changed, gone, awakened };
      changed = new Set();
      gone = new Set();
      awakened = [];
      return changes;
    },
    reset() {
      held = new Map();
      byId = new Map();
      changed = new Set();
      gone = new Set();
      awakened = [];
      tellings.reset();
      watched = undefined;
    },
    watch(before) {
      watched = before;
    },
  };
}

/** Never added to. */
const NO_DOUBTS: string[] = [];
const NOBODY: Set<InboxId> = new Set();
const NOTHING: ReadonlySet<string> = new Set();

/** Whether two records can be one message: neither knows an id that the other contradicts. */
function mayBeOne(a: MessageRecord, b: MessageRecord): boolean {
  const agree = (one: string | null, other: string | null) => one === null || other === null || one === other;
  return agree(a.waId, b.waId) && agree(a.providerId, b.providerId);
}
