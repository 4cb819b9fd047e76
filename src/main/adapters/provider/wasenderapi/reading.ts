/** What is gathered while one stored entry is read. */
import { erasureOf, hasManyPeople, isLid, isPhone, readAddress } from '../../../core/domain/address.ts';
import type { Millis } from '../../../core/domain/ids.ts';
import { MASKED } from '../../../core/domain/mask.ts';
import type { EntryToRead, Fact, Normalised, Oddity } from '../../../core/ports/provider.ts';
import { isRecord, type RawRecord, readId, readText } from './raw.ts';
import { AHEAD_AT_MOST, EARLIEST, readTime } from './times.ts';

/** A time that the provider wrote, or ours because it wrote none that we believe. */
export type Moment = { readonly at: Millis; readonly how: 'stated' | 'arrival' };

export type Reading = {
  readonly entry: EntryToRead;
  /** The event or the kind of answer; opens every reason. */
  readonly name: string;
  readonly facts: Fact[];
  readonly oddities: Oddity[];
  /** How many oddities came after the list was full. */
  unlisted: number;
  /** The hidden addresses already explained in this entry. */
  readonly known: Set<string>;
};

/** A body of a million broken pieces must not become a million rows on the Events screen. */
const ODDITIES_AT_MOST = 50;

export function startReading(entry: EntryToRead, name: string): Reading {
  return { entry, name, facts: [], oddities: [], unlisted: 0, known: new Set() };
}

export function finishReading(reading: Reading): Normalised {
  if (reading.unlisted > 0) {
    const kind = reading.oddities.some((oddity) => oddity.kind === 'broken') ? 'broken' : 'ignored';
    reading.oddities.push({ kind, reason: `${reading.name}: and ${reading.unlisted} more pieces like these` });
  }
  return { facts: reading.facts, oddities: reading.oddities };
}

export function ignore(reading: Reading, why: string, where?: string): void {
  addOddity(reading, 'ignored', why, where);
}

export function markBroken(reading: Reading, why: string, where?: string): void {
  addOddity(reading, 'broken', why, where);
}

function addOddity(reading: Reading, kind: Oddity['kind'], why: string, where: string | undefined): void {
  if (reading.oddities.length >= ODDITIES_AT_MOST) reading.unlisted++;
  else reading.oddities.push({ kind, reason: `${reading.name}: ${why}`, ...(where === undefined ? {} : { where }) });
}

/** `where` of the piece at `index`: `data` alone, or `data[3]` in a list. */
export function placeOf(path: string, list: unknown, index: number): string {
  return Array.isArray(list) ? `${path}[${index}]` : path;
}

/** The time in `raw` if one is there and can be true. */
export function statedTime(reading: Reading, raw: unknown, where: string): Millis | undefined {
  if (raw === undefined || raw === null) return undefined;
  const at = readTime(raw);
  if (at === undefined) {
    ignore(reading, 'the time in it cannot be read, so the time of its arrival is used', where);
  } else if (at > reading.entry.receivedAt + AHEAD_AT_MOST) {
    ignore(reading, 'the time in it lies more than a day ahead, so the time of its arrival is used', where);
  } else if (at < EARLIEST) {
    ignore(reading, 'the time in it lies before WhatsApp existed, so the time of its arrival is used', where);
  } else {
    return at;
  }
  return undefined;
}

export function momentOf(reading: Reading, raw: unknown, where: string): Moment {
  const at = statedTime(reading, raw, where);
  return at === undefined ? { at: reading.entry.receivedAt, how: 'arrival' } : { at, how: 'stated' };
}

/** Which message a key names, in our own forms. */
export type Key = {
  readonly waId: string;
  readonly chat: string | undefined;
  /** The person in a group whom the key names: the reader of a receipt, or the author of a message. */
  readonly person: string | undefined;
  readonly mine: boolean | undefined;
};

/** Reads a message key; without an id it is broken, because nothing can be said of no message. */
export function readKey(reading: Reading, raw: unknown, where: string): Key | undefined {
  const waId = isRecord(raw) ? readId(raw.id) : undefined;
  if (!isRecord(raw) || waId === undefined) {
    markBroken(reading, 'it does not say which message it is about', `${where}.id`);
    return undefined;
  }
  const chat = readChat(reading, raw);
  return {
    waId,
    chat,
    person: chat !== undefined && hasManyPeople(chat) ? readPerson(reading, raw, raw.participant) : undefined,
    mine: typeof raw.fromMe === 'boolean' ? raw.fromMe : undefined,
  };
}

/** The chat that a key names; a phone number where the key tells whose hidden address it is. */
export function readChat(reading: Reading, key: RawRecord): string | undefined {
  const chat = addressIn(key.remoteJid);
  if (chat === undefined) return undefined;
  if (isLid(chat)) {
    const other = phoneIn(key.remoteJidAlt);
    if (other !== undefined) return knownAs(reading, chat, other);
    // In newer keys the sender's own address stands beside it; when that is somebody else's, so is the number.
    const sender = addressIn(key.senderLid);
    if (sender !== undefined && sender !== chat) return chat;
    const phone = phoneIn(key.cleanedSenderPn) ?? phoneIn(key.senderPn);
    return phone === undefined ? chat : knownAs(reading, chat, phone);
  }
  const hidden = isPhone(chat) ? addressIn(key.remoteJidAlt) : undefined;
  if (hidden !== undefined && isLid(hidden)) knownAs(reading, hidden, chat);
  return chat;
}

/** The person at `address`, with the number that the key gives for its participant. */
export function readPerson(reading: Reading, key: RawRecord, address: unknown): string | undefined {
  const person = addressIn(address);
  if (person === undefined || !isLid(person)) return person;
  const participant = addressIn(key.participant);
  if (participant !== undefined && participant !== person) return person;
  const phone = phoneIn(key.cleanedParticipantPn) ?? phoneIn(key.participantPn) ?? phoneIn(key.participantAlt) ?? phoneOfSender(key, person);
  return phone === undefined ? person : knownAs(reading, person, phone);
}

/** In a group the sender's number is the person's only when the key says that the sender is that person. */
function phoneOfSender(key: RawRecord, person: string): string | undefined {
  return addressIn(key.senderLid) === person ? (phoneIn(key.cleanedSenderPn) ?? phoneIn(key.senderPn)) : undefined;
}

function knownAs(reading: Reading, lid: string, phone: string): string {
  if (!reading.known.has(lid)) {
    reading.known.add(lid);
    reading.facts.push({ kind: 'alias', lid, phone });
  }
  return phone;
}

export function addressIn(value: unknown): string | undefined {
  return typeof value === 'string' ? readAddress(value) : undefined;
}

function phoneIn(value: unknown): string | undefined {
  const address = typeof value === 'number' && Number.isSafeInteger(value) ? readAddress(String(value)) : addressIn(value);
  // Where an erased person's number stood, what stands there now still says whose hidden address it is.
  return address !== undefined && (isPhone(address) || erasureOf(address) !== undefined) ? address : undefined;
}

/** Message text, unless it was taken out before the body was stored. */
export function unmasked(text: unknown): string | undefined {
  const found = readText(text);
  return found === undefined || found.includes(MASKED) ? undefined : found;
}

/** The words of a message as WhatsApp wraps them. */
export function textOf(message: unknown): string | undefined {
  if (!isRecord(message)) return unmasked(message);
  const extended = isRecord(message.extendedTextMessage) ? message.extendedTextMessage.text : undefined;
  return (
    unmasked(message.conversation) ??
    unmasked(extended) ??
    captionIn(message.imageMessage) ??
    captionIn(message.videoMessage) ??
    captionIn(message.documentMessage)
  );
}

function captionIn(value: unknown): string | undefined {
  return isRecord(value) ? unmasked(value.caption) : undefined;
}
