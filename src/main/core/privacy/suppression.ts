/**
 * Keeps erased people out. Their numbers are known here only by a keyed hash: every run of digits that
 * arrives is hashed and asked for, and where one is known, a mark takes its place before anything is written.
 *
 * The key lies in the settings of the same database. In the keyring it would be safer from whoever steals the
 * file, but a keyring that changes would bring every erased person back in silence.
 */
import { createHmac } from 'node:crypto';
import { erasedMark, erasureOf } from '../domain/address.ts';
import { raise } from '../domain/failure.ts';
import { readEscapes } from '../domain/jsonScan.ts';
import { BETWEEN_DIGITS } from '../domain/mask.ts';
import { asciiDigits, digitForms } from '../domain/spellings.ts';
import type { Clock } from '../ports/clock.ts';
import { CARRIED_KEY, type Erasure, PRIVACY_KEY } from '../ports/privacy.ts';
import type { Fact, Normalised } from '../ports/provider.ts';
import type { NewEntry, Store, StoredEntry } from '../ports/store.ts';
import { createEraser, type Person } from './eraser.ts';

export type Judged = {
  /** What may be applied. */
  readonly facts: readonly Fact[];
  readonly dropped: number;
  /** The erasure that the dropped ones belong to. */
  readonly erasure: number | undefined;
  /** Addresses and names of erased people that stand in the bytes as they are. */
  readonly bare: Person;
  /** Addresses that turned out to be an erased person's. */
  readonly learned: readonly { readonly erasure: number; readonly address: string }[];
};

export type Suppression = {
  /** The entry as it may be kept. */
  clean(entry: NewEntry): NewEntry;
  /** Drops what is said of erased people, and leaves nothing of them in the entry's bytes. Joins the caller's transaction. */
  sift(entry: StoredEntry, normalised: Normalised): Normalised;
  /** The same without a trace. */
  judge(account: string, normalised: Normalised): Judged;
  hashOf(address: string): string;
  /** From now on nothing of these is kept. Joins the caller's transaction. */
  add(erasure: number, addresses: readonly string[]): void;
  addMessage(erasure: number, account: string, ids: readonly string[]): void;
  /** Raises `conflict` when the owner wants to write to, or track, somebody who was erased. */
  assertAllowed(address: string): void;
  /** Who was erased, as text for a copy that erasure `done` has cleaned: see CARRIED_KEY. */
  carried(done: number): string;
  /** Reads the list anew, after it changed or a change was taken back. */
  reload(): void;
};

const RUN = new RegExp(String.raw`\p{Nd}(?:${BETWEEN_DIGITS}{0,3}\p{Nd}){4,40}`, 'gu');
/** Times of our years, which every body is full of and no telephone number with its country looks like. */
const TIME_LIKE = /^1[4-9](?:\d{8}|\d{11})$/;
const GROUP = /\p{Nd}+/gu;
const REMEMBERED = 20_000;

export function createSuppression(deps: { store: Store; clock: Clock; randomBytes: (count: number) => Buffer }): Suppression {
  const { store } = deps;
  let known = new Map<string, number>();
  let dates = new Map<number, Erasure>();
  let remembered = new Map<string, number>();
  let key: Buffer | undefined;
  /** Something was written since the last reading: it may be in a transaction that is still open. */
  let changed = false;
  let stale = false;
  // Only noted, and read when it is needed next: the disk that took it back may not answer just now.
  store.onTakenBack(() => {
    stale ||= changed;
  });

  function takeOver(): void {
    const carried = store.settings.get(CARRIED_KEY);
    if (carried === undefined) return;
    store.transaction(() => {
      const { key: hex, ...list } = JSON.parse(carried) as { key: string };
      store.settings.put(PRIVACY_KEY, hex);
      store.privacy.takeOver(JSON.stringify(list));
      store.settings.remove(CARRIED_KEY);
    });
  }

  function reload(): void {
    const stored = store.settings.get(PRIVACY_KEY);
    key = stored === undefined ? undefined : Buffer.from(stored, 'hex');
    known = new Map(store.privacy.suppressed().map(({ hash, erasure }) => [hash, erasure]));
    dates = new Map(store.privacy.erasures().map((erasure) => [erasure.id, erasure]));
    remembered = new Map();
    changed = false;
    stale = false;
  }

  function refresh(): void {
    if (!stale) return;
    // What a transaction around the one that was taken back wrote is read along, and may be taken back in its turn.
    const before = changed;
    reload();
    changed = before;
  }
  takeOver();
  reload();

  function hash(text: string): string {
    if (key === undefined) {
      changed = true;
      key = deps.randomBytes(32);
      store.settings.put(PRIVACY_KEY, key.toString('hex'));
    }
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  /** The erasure that a run of digits, or a message's name, belongs to. */
  function look(text: string): number | undefined {
    const before = remembered.get(text);
    if (before !== undefined) return before === 0 ? undefined : before;
    const found = known.get(hash(text)) ?? 0;
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(text, found);
    return found === 0 ? undefined : found;
  }

  const number = (digits: string) => `n:${digits}`;
  const message = (account: string, id: string) => `m:${account}:${id}`;

  function whose(address: string | undefined): number | undefined {
    if (address === undefined) return undefined;
    const marked = erasureOf(address);
    if (marked !== undefined) return marked;
    if (known.size === 0 || !/^\+?\d+(@lid)?$/.test(address)) return undefined;
    return look(number(address.replace(/\D/g, '')));
  }

  /** Runs of digits in a text that are erased people's, with their erasure. */
  function findIn(text: string): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const [run] of text.matchAll(RUN)) {
      const groups = [...run.matchAll(GROUP)].map(([group]) => asciiDigits(group));
      // Where digits stand apart, any neighbours may be one number.
      for (let from = 0; from < groups.length; from++) {
        let digits = '';
        for (let to = from; to < Math.min(groups.length, from + 8) && digits.length < 20; to++) {
          digits += groups[to];
          if (digits.length < 5 || digits.length > 20 || TIME_LIKE.test(digits)) continue;
          for (const form of new Set([digits, digits.replace(/^00/, '')])) {
            const erasure = look(number(form));
            if (erasure !== undefined) found.set(form, erasure);
          }
        }
      }
    }
    return found;
  }

  function withoutNumbers(body: Buffer, found: ReadonlyMap<string, number>): Buffer {
    let clean = body;
    for (const [digits, erasure] of found)
      clean = createEraser({ addresses: [digits.startsWith('0') ? `${digits}@lid` : `+${digits}`], names: [] }, erasedMark(erasure)).scrubBytes(
        clean,
      );
    return clean;
  }

  function judge(account: string, normalised: Normalised): Judged {
    refresh();
    const addresses = new Set<string>();
    const names = new Set<string>();
    const learned: { erasure: number; address: string }[] = [];
    const alsoKnown = new Map<string, number>();
    const find = (address: string | undefined) => whose(address) ?? (address === undefined ? undefined : alsoKnown.get(address));
    for (const fact of normalised.facts) {
      if (fact.kind !== 'alias') continue;
      const [lid, phone] = [find(fact.lid), find(fact.phone)];
      const erasure = lid ?? phone;
      if (erasure === undefined || (lid !== undefined && phone !== undefined)) continue;
      const address = lid === undefined ? fact.lid : fact.phone;
      // An erasure that was lifted has a mark in old bytes still; nobody is to be found by that.
      if (dates.get(erasure)?.liftedAt !== null) continue;
      alsoKnown.set(address, erasure);
      learned.push({ erasure, address });
    }
    let erasure: number | undefined;
    const facts = normalised.facts.filter((fact) => {
      const people =
        fact.kind === 'receipt'
          ? [fact.chat, fact.person]
          : fact.kind === 'message'
            ? [fact.chat]
            : fact.kind === 'alias'
              ? [fact.lid, fact.phone]
              : fact.kind === 'contact'
                ? [fact.address]
                : [];
      let found: number | undefined;
      for (const address of people) {
        const one = find(address);
        if (one === undefined) continue;
        found = one;
        if (address !== undefined && erasureOf(address) === undefined) addresses.add(address);
      }
      if (found === undefined && known.size > 0 && (fact.kind === 'receipt' || fact.kind === 'message'))
        for (const id of [fact.ref.waId, fact.ref.providerId]) found ??= id === undefined ? undefined : look(message(account, id));
      if (found === undefined) return true;
      erasure = found;
      if ((fact.kind === 'contact' || fact.kind === 'message') && fact.name !== undefined) names.add(fact.name);
      return false;
    });
    return { facts, dropped: normalised.facts.length - facts.length, erasure, bare: { addresses: [...addresses], names: [...names] }, learned };
  }

  function add(erasure: number, addresses: readonly string[]): void {
    insert(erasure, addresses.flatMap(digitForms).map(number));
  }

  function insert(erasure: number, texts: readonly string[]): void {
    refresh();
    changed = true;
    const hashes = texts.map(hash);
    store.privacy.suppress(erasure, hashes);
    for (const one of hashes) known.set(one, erasure);
    remembered.clear();
  }

  return {
    clean(entry) {
      refresh();
      if (known.size === 0) return entry;
      const text = `${entry.headers}\n${entry.body.toString('utf8')}`;
      const found = findIn(text.includes('\\u') ? `${text}\n${readEscapes(text)}` : text);
      if (found.size === 0) return entry;
      return { ...entry, headers: withoutNumbers(Buffer.from(entry.headers), found).toString(), body: withoutNumbers(entry.body, found) };
    },
    sift(entry, normalised) {
      const { facts, dropped, erasure, bare, learned } = judge(entry.account, normalised);
      if (dropped === 0 || erasure === undefined) return normalised;
      for (const one of learned) add(one.erasure, [one.address]);
      const broken = normalised.oddities.some((oddity) => oddity.kind === 'broken');
      if (facts.length === 0 && !broken) store.inbox.removeBytes(entry.id, deps.clock.now(), 'erasure');
      else if (bare.addresses.length > 0 || bare.names.length > 0)
        store.inbox.rewrite(entry.id, createEraser(bare, erasedMark(erasure)).scrubBytes(entry.body, true));
      return { facts, oddities: [...normalised.oddities, { kind: 'ignored', reason: aboutErased(dates.get(erasure)?.askedAt) }] };
    },
    judge,
    hashOf(address) {
      refresh();
      return hash(number(address.replace(/\D/g, '')));
    },
    add,
    addMessage: (erasure, account, ids) =>
      insert(
        erasure,
        ids.map((id) => message(account, id)),
      ),
    assertAllowed(address) {
      refresh();
      const erasure = whose(address);
      const date = erasure === undefined ? undefined : dayOf(dates.get(erasure)?.askedAt ?? 0);
      if (date !== undefined)
        raise('conflict', `This contact was erased on ${date}, and nothing about them is kept. Allow them again under Settings, Privacy, first.`);
    },
    carried: (done) => JSON.stringify({ key: store.settings.get(PRIVACY_KEY), ...(JSON.parse(store.privacy.carried(done)) as object) }),
    reload,
  };
}

function aboutErased(at: number | undefined): string {
  return at === undefined ? 'about a contact that was erased' : `about a contact that was erased on ${dayOf(at)}`;
}

/** The day in this computer's time zone, like 2026-03-05. */
function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}
