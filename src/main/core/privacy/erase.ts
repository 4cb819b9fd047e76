/**
 * Erases a contact everywhere: in the live database, its copies, exports and logs. The job is a row of the
 * database; a kill at any moment means that it goes on at the next start. At its end it reads the files of
 * the data folder as bytes and does not trust that it was thorough.
 */
import { isUtf8 } from 'node:buffer';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { erasedMark, isLid, isPhone } from '../domain/address.ts';
import { raise } from '../domain/failure.ts';
import { parseRecipient } from '../domain/phone.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { CARRIED_KEY, type EraseCounts, type EraseStep, type Erasure, type TraceFiles } from '../ports/privacy.ts';
import type { Normalised } from '../ports/provider.ts';
import type { Store, StoredEntry } from '../ports/store.ts';
import { eraseRows, type RowStep } from './eraseRows.ts';
import { createEraser, type Eraser, type Person } from './eraser.ts';
import type { Suppression } from './suppression.ts';

export type EraseDeps = {
  readonly store: Store;
  readonly files: TraceFiles;
  readonly suppression: Suppression;
  /** Undefined when it is damaged or of another form. */
  readonly openCopy: (path: string) => Store | undefined;
  /** Writes a setting into a copy, whatever its form. False when it cannot be written. */
  readonly carryOver: (path: string, key: string, text: string) => boolean;
  readonly understand: (entry: StoredEntry) => Normalised;
  readonly drainAll: () => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (count: number) => Buffer;
  readonly breathe: () => Promise<void>;
  /** Any row may show something else now. */
  readonly onChanged: () => void;
};

export type ErasePreview = {
  readonly addresses: readonly string[];
  readonly messages: number;
  readonly groupMessages: number;
  readonly entries: number;
  readonly names: number;
  readonly files: { readonly copies: number; readonly exports: number; readonly others: number };
};

export type Erasures = {
  preview(recipient: string): Promise<ErasePreview>;
  /** Begins it and gives its number; the work goes on by itself. */
  erase(recipient: string, reason: string | undefined): Erasure;
  list(): readonly Erasure[];
  /** The person may be kept again from now on. What was erased does not come back. */
  allow(id: number): Erasure;
  /** Goes on with what a stop or a kill left undone. */
  resume(): void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
};

export function createErasures(deps: EraseDeps): Erasures {
  const { store, files, suppression, clock, log } = deps;
  let stopped = false;
  /** Of the tries that wait for their time. */
  const cancels = new Set<() => void>();
  let work: Promise<void> = Promise.resolve();
  const find = (id: number) => store.privacy.erasures().find((one) => one.id === id) ?? raise('not_found', 'There is no such erasure.');

  async function breathe(): Promise<void> {
    await deps.breathe();
    if (stopped) throw STOPPED;
  }

  function personOf(recipient: string): Person {
    const address = parseRecipient(recipient);
    if (address === undefined || !(isPhone(address) || isLid(address)))
      raise('bad_input', 'This is not a phone number with its country code, like +44 7700 900219.', { detail: 'input.recipient' });
    if (address.replace(/\D/g, '').length < 7)
      raise('bad_input', 'This number is too short to be told from other figures.', { detail: 'input.recipient' });
    const addresses = store.privacy.sameAs([address]);
    if (store.accounts.list().some((account) => account.sessionPhone !== null && addresses.includes(parseRecipient(account.sessionPhone) ?? '')))
      raise('conflict', 'This is the number of your own connection. Remove the account instead.');
    return { addresses, names: store.privacy.namesOf(addresses) };
  }

  async function preview(recipient: string): Promise<ErasePreview> {
    const person = personOf(recipient);
    const eraser = createEraser(person, 'erased');
    let groupMessages = 0;
    for (let after: number | undefined = 0; after !== undefined; await breathe()) {
      const found: ReturnType<typeof store.privacy.groupsWith> = store.privacy.groupsWith(person.addresses, after);
      groupMessages += found.rows.length;
      after = found.next;
    }
    let entries = 0;
    for (let after = 0; ; await breathe()) {
      const some = store.privacy.entries(after, 300);
      entries += some.filter((entry) => eraser.holdsBytes(entry.body)).length;
      if (some.length < 300) break;
      after = some.at(-1)?.id ?? after;
    }
    const counted = { copies: 0, exports: 0, others: 0 };
    for (const path of await files.list()) {
      const kind = await files.kindOf(path);
      if (kind === 'live' || !(await files.holds(path, eraser.inFile))) continue;
      counted[kind === 'copy' ? 'copies' : kind === 'export' ? 'exports' : 'others']++;
    }
    return {
      addresses: person.addresses,
      messages: store.privacy.countMessages(person.addresses),
      groupMessages,
      entries,
      names: person.names.length,
      files: counted,
    };
  }

  function erase(recipient: string, reason: string | undefined): Erasure {
    const person = personOf(recipient);
    const address = person.addresses.find(isPhone) ?? person.addresses[0] ?? '';
    const id = store.transaction(() => {
      const number = store.privacy.begin({
        hash: suppression.hashOf(address),
        tail: address.replace(/\D/g, '').slice(-2),
        reason: reason === undefined ? null : createEraser(person, 'the contact').scrub(reason),
        askedAt: clock.now(),
      });
      store.privacy.seal(number, sealed(person, deps.randomBytes));
      // From here on nothing new about the person is written, so there is an end to what must be erased.
      suppression.add(number, person.addresses);
      return number;
    });
    suppression.reload();
    log.info('erasure.asked', { erasure: id });
    start(id);
    return find(id);
  }

  function start(id: number): void {
    work = work
      .then(() => run(id))
      .catch((error: unknown) => {
        if (error === STOPPED) return;
        log.error('erasure.failed', { erasure: id, error: String(error) });
        // A full disk passes; the row stays, and it is tried again.
        if (stopped) return;
        const cancel = clock.after(60_000, () => {
          cancels.delete(cancel);
          start(id);
        });
        cancels.add(cancel);
      });
  }

  async function run(id: number): Promise<void> {
    if (stopped) throw STOPPED;
    const erasure = find(id);
    if (erasure.sealed === null || erasure.finishedAt !== null) return;
    const person = unsealed(erasure.sealed);
    const eraser = createEraser(person, erasedMark(id));
    const counts: Record<string, number> = { ...erasure.counts };
    const count = (what: string, by: number) => {
      if (by !== 0) counts[what] = (counts[what] ?? 0) + by;
    };
    const save = (step: EraseStep, cursor: string) => store.privacy.progress(id, step, cursor, counts);
    deps.drainAll();
    if (isRowStep(erasure.step)) {
      const onMessage = (account: string, ids: readonly string[]) => suppression.addMessage(id, account, ids);
      await eraseRows({ ...common(eraser, person), store, count, save, onMessage }, erasure.step, erasure.cursor);
      store.transaction(() => save('files', ''));
    }
    deps.onChanged();
    if (find(id).step === 'files') {
      await eraseFiles(id, person, eraser, count);
      store.transaction(() => save('verify', ''));
    }
    await verify(id, person, eraser, counts, count);
    await files.write(`receipts/erasure-${id}.json`, receiptOf({ ...find(id), counts, finishedAt: clock.now() }));
    store.transaction(() => {
      save('done', '');
      store.privacy.finish(id, clock.now());
    });
    store.privacy.emptyLog();
    suppression.reload();
    deps.onChanged();
    log.info('erasure.done', { erasure: id, left: counts.left ?? 0 });
  }

  const common = (eraser: Eraser, person: Person) => ({
    eraser,
    addresses: person.addresses,
    suppression,
    understand: deps.understand,
    breathe,
  });

  async function eraseFiles(id: number, person: Person, eraser: Eraser, count: (what: string, by: number) => void): Promise<void> {
    for (const path of await files.list()) {
      await breathe();
      const kind = await files.kindOf(path);
      if (kind === 'live') continue;
      const holds = await files.holds(path, eraser.inFile);
      if (kind === 'copy') {
        if (holds) count(await eraseCopy(id, path, person, eraser), 1);
        else {
          // Its rows tell for sure; a copy in which it is only a part of another number stays, whatever comes of it.
          if (await files.holds(path, eraser.perhapsInFile)) await cleanCopy(path, person, eraser);
          carryOver(path, id);
        }
      } else if (holds && kind === 'export') {
        await files.remove(path);
        count('exportsRemoved', 1);
      } else if (holds) {
        // Another program's file that is no text is left as it is, and told of at the end.
        await files.rewrite(path, (bytes) => (kind === 'log' || isUtf8(bytes) ? eraser.scrubBytes(bytes) : bytes));
        count('filesRewritten', 1);
      }
    }
  }

  const carryOver = (path: string, id: number) => deps.carryOver(path, CARRIED_KEY, suppression.carried(id));

  /** Whoever is allowed again stays so after going back to a copy. */
  async function carryToCopies(id: number): Promise<void> {
    for (const path of await files.list()) {
      await breathe();
      if ((await files.kindOf(path)) === 'copy') carryOver(path, id);
    }
  }

  /** A copy is cleaned like the database itself. One that cannot be is no copy to go back to, and goes. */
  async function eraseCopy(id: number, path: string, person: Person, eraser: Eraser): Promise<'copiesCleaned' | 'copiesRemoved'> {
    if ((await cleanCopy(path, person, eraser)) && !(await files.holds(path, eraser.inFile)) && carryOver(path, id)) return 'copiesCleaned';
    await files.remove(path);
    return 'copiesRemoved';
  }

  /** False when it cannot be opened. */
  async function cleanCopy(path: string, person: Person, eraser: Eraser): Promise<boolean> {
    const copy = deps.openCopy(path);
    if (copy === undefined) return false;
    try {
      const nothing = () => undefined;
      await eraseRows({ ...common(eraser, person), store: copy, count: nothing, save: nothing, onMessage: nothing }, 'messages', '');
      copy.privacy.rewriteFile();
    } catch (error) {
      if (error === STOPPED) throw error;
      log.warn('erasure.copy-not-cleaned', { error: String(error) });
    } finally {
      copy.close();
    }
    return true;
  }

  /** Reads every file; where the database holds something in its empty places still, it is written anew. */
  async function verify(
    id: number,
    person: Person,
    eraser: Eraser,
    counts: Record<string, number>,
    count: (what: string, by: number) => void,
  ): Promise<void> {
    await emptyLog();
    let found = await search(eraser);
    // A backup that was being made meanwhile is finished by now, or soon will be.
    for (let tries = 0; tries < 3 && found.left > 0; tries++) {
      if (found.live) {
        store.privacy.rewriteFile();
        counts.rewrittenWhole = 1;
        await emptyLog();
      } else await eraseFiles(id, person, eraser, count);
      found = await search(eraser);
    }
    counts.filesRead = found.files;
    counts.left = found.left;
  }

  async function search(eraser: Eraser): Promise<{ files: number; left: number; live: boolean }> {
    const found = { files: 0, left: 0, live: false };
    for (const path of await files.list()) {
      await breathe();
      found.files++;
      if (!(await files.holds(path, eraser.inFile))) continue;
      found.left++;
      found.live ||= (await files.kindOf(path)) === 'live';
    }
    return found;
  }

  async function emptyLog(): Promise<void> {
    // Whoever reads just now keeps the log from being emptied, for a moment.
    for (let tries = 0; tries < 200 && !store.privacy.emptyLog(); tries++) await breathe();
  }

  return {
    preview,
    erase,
    list: () => store.privacy.erasures(),
    allow(id) {
      const erasure = find(id);
      if (erasure.finishedAt === null) raise('busy', 'This erasure is still under way. Wait for its end.', { retry: true });
      if (erasure.liftedAt === null) store.transaction(() => store.privacy.lift(id, clock.now()));
      suppression.reload();
      work = work
        .then(() => carryToCopies(id))
        .catch((error: unknown) => {
          if (error !== STOPPED) log.warn('erasure.allowed-not-carried', { erasure: id, error: String(error) });
        });
      return find(id);
    },
    resume() {
      for (const erasure of store.privacy.erasures()) if (erasure.finishedAt === null) start(erasure.id);
    },
    settled: () => work,
    async stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
      await work;
    },
  };
}

/** What the owner can hand over: what was done and when, and nothing by which the person could be found. */
function receiptOf({ id, hash, tail, reason, askedAt, finishedAt, counts }: Erasure): string {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const receipt = { erasure: id, number: { hash, endsWith: tail }, reason, askedAt: time(askedAt), finishedAt: time(finishedAt), counts };
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

const STOPPED = new Error('Tickline is stopping');

function isRowStep(step: EraseStep): step is RowStep {
  return step === 'messages' || step === 'groups' || step === 'inbox' || step === 'tables';
}

/**
 * Who is looked for, for the row of the job. The key lies beside it: this hides nothing from whoever has the
 * database, but the number is then not among the bytes that the job itself leaves behind, and is gone with the row.
 */
function sealed(person: Person, randomBytes: (count: number) => Buffer): string {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(person), 'utf8'), cipher.final()]);
  return [key, iv, cipher.getAuthTag(), text].map((part) => part.toString('base64url')).join('.');
}

function unsealed(text: string): Person {
  const [key, iv, tag, body] = text.split('.').map((part) => Buffer.from(part, 'base64url'));
  if (!key || !iv || !tag || !body) throw new Error('the erasure does not say whom');
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAuthTag(tag);
  return JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')) as Person;
}

export type { EraseCounts };
