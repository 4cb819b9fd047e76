/**
 * The webhook events that say something about our messages or our session. Every reader accepts all the
 * shapes in which the vendor's documents, SDKs and help pages write its event.
 */
import { isLid } from '../../../core/domain/address.ts';
import { maskNumbers } from '../../../core/domain/mask.ts';
import type { MessageRef } from '../../../core/domain/receipt.ts';
import { hasReached, type Status } from '../../../core/domain/status.ts';
import { isRecord, pieces, quote, type RawRecord, readBoolean, readId, readReason, readText } from './raw.ts';
import {
  addressIn,
  ignore,
  type Key,
  type Moment,
  markBroken,
  momentOf,
  placeOf,
  type Reading,
  readChat,
  readKey,
  readPerson,
  textOf,
  unmasked,
} from './reading.ts';
import { readSessionState, readStatus } from './status.ts';

/** Reads `data`; `moment` is the time of the envelope. */
export type EventReader = (reading: Reading, data: unknown, moment: () => Moment) => void;

/** Calls `read` for each piece that is an object, with the place where it stands; anything else is broken. */
export function forEachPiece(reading: Reading, value: unknown, path: string, read: (piece: RawRecord, where: string) => void): void {
  const list = pieces(value);
  if (list.length === 0) markBroken(reading, 'there is nothing in it', path);
  for (let index = 0; index < list.length; index++) {
    const piece = list[index];
    const where = placeOf(path, value, index);
    if (isRecord(piece)) read(piece, where);
    else markBroken(reading, 'there should be an object here', where);
  }
}

/** `messages.update`: the status of one message, as `data.update.status`, in an object or a list of them. */
export const readUpdates: EventReader = (reading, data, moment) => {
  forEachPiece(reading, data, 'data', (piece, where) => {
    const update = isRecord(piece.update) ? piece.update : undefined;
    const raw = update?.status;
    if (raw === undefined || raw === null) {
      ignore(reading, 'there is no status in it, so it is an edit or a vote', `${where}.update`);
      return;
    }
    const said = readStatus(raw);
    if (said === undefined) {
      ignore(reading, `it says a status we do not know (${quote(raw)}), so nothing changes`, `${where}.update.status`);
      return;
    }
    const key = readKey(reading, piece.key, `${where}.key`);
    if (key === undefined) return;
    pushReceipt(reading, key, said, moment(), personOf(key, said), said === 'failed' ? readReason(update?.error) : undefined);
  });
};

/** "Queued" and "sent" tell what the server did with the message; only the rest tells of one person's phone. */
function personOf(key: Key, said: Status): string | undefined {
  return said === 'failed' || hasReached(said, 'delivered') ? key.person : undefined;
}

function pushReceipt(reading: Reading, key: Key, said: Status | 'deleted', moment: Moment, person?: string, reason?: string): void {
  reading.facts.push({
    kind: 'receipt',
    mine: key.mine,
    ref: { waId: key.waId },
    chat: key.chat,
    ...(person === undefined ? {} : { person }),
    said,
    at: moment.at,
    how: moment.how,
    ...(reason === undefined ? {} : { reason }),
  });
}

/** What each time of a group receipt says; in seconds, and 0 stands for "never". */
const RECEIPT_TIMES = [
  ['receiptTimestamp', 'delivered'],
  ['readTimestamp', 'read'],
  ['playedTimestamp', 'played'],
] as const;

/**
 * `message-receipt.update`: one person of a group. Documented as `data.message.{key, receipt}` with a time
 * for each step, and in the SDK as a list of `{key, receipt: {userJid, status, t}}`.
 */
export const readReceipts: EventReader = (reading, data, moment) => {
  forEachPiece(reading, data, 'data', (outer, outerWhere) => {
    const inner = outer.message === undefined ? outer : outer.message;
    const innerPath = outer.message === undefined ? outerWhere : `${outerWhere}.message`;
    forEachPiece(reading, inner, innerPath, (piece, where) => {
      const key = readKey(reading, piece.key, `${where}.key`);
      if (key === undefined) return;
      forEachPiece(reading, piece.receipt, `${where}.receipt`, (receipt, place) => readReceipt(reading, key, piece.key, receipt, place, moment));
    });
  });
};

function readReceipt(reading: Reading, key: Key, rawKey: unknown, receipt: RawRecord, where: string, moment: () => Moment): void {
  const reader = isRecord(rawKey) ? readPerson(reading, rawKey, receipt.userJid) : undefined;
  const inOneChat = key.chat !== undefined && key.person === undefined && (key.chat.startsWith('+') || isLid(key.chat));
  const person = inOneChat ? undefined : (reader ?? key.person);
  let read = 0;
  for (const [name, said] of RECEIPT_TIMES) {
    const time = receipt[name];
    if (time === undefined || time === null || time === 0 || time === '0') continue;
    pushReceipt(reading, key, said, momentOf(reading, time, `${where}.${name}`), person);
    read++;
  }
  if (receipt.status !== undefined && receipt.status !== null) {
    const said = readStatus(receipt.status);
    if (said === undefined) ignore(reading, `it says a status we do not know (${quote(receipt.status)}), so nothing changes`, `${where}.status`);
    else pushReceipt(reading, key, said, receipt.t === undefined ? moment() : momentOf(reading, receipt.t, `${where}.t`), person);
  } else if (read === 0) {
    markBroken(reading, 'the receipt has neither a time nor a status', where);
  }
}

/**
 * `message.sent`: accepted by WhatsApp, or not. A failure names no message, so all that can be done is to
 * ask about those still queued. The help pages write `{id, to, status, type, content}` instead.
 */
export const readSent: EventReader = (reading, data, moment) => {
  forEachPiece(reading, data, 'data', (piece, where) => {
    const key = isRecord(piece.key) ? piece.key : undefined;
    const ref = refOfSent(piece, key);
    const said = statusOfSent(piece, key !== undefined);
    const reason = said === 'failed' ? (readReason(piece.error) ?? readReason(piece.reason) ?? readReason(piece.failed_reason)) : undefined;
    if (ref === undefined) {
      // The provider's words may hold the number, and this reason is shown where numbers are masked.
      if (said === 'failed') reading.facts.push({ kind: 'check-queued', reason: maskNumbers(reason ?? 'the provider gave no reason') });
      else markBroken(reading, 'it does not say which message it is about', `${where}.key.id`);
      return;
    }
    if (said === undefined) {
      ignore(reading, `it says a status we do not know (${quote(piece.status)}), so nothing changes`, `${where}.status`);
      return;
    }
    const chat =
      (key === undefined ? undefined : readChat(reading, key)) ?? addressIn(piece.to) ?? addressIn(piece.jid) ?? addressIn(piece.remoteJid);
    const text = textOf(piece.message) ?? unmasked(piece.content);
    if (text !== undefined || ref.providerId !== undefined) {
      reading.facts.push({ kind: 'message', ref, chat, ...(text === undefined ? {} : { text }) });
    }
    const { at, how } = moment();
    // The event exists for what this session sent, so the message is ours whatever the key says.
    reading.facts.push({ kind: 'receipt', mine: true, ref, chat, said, at, how, ...(reason === undefined ? {} : { reason }) });
  });
};

/** WhatsApp's ids are texts; the provider's own is a JSON number. */
function refOfSent(piece: RawRecord, key: RawRecord | undefined): MessageRef | undefined {
  const waId = readId(key?.id) ?? (typeof piece.id === 'string' ? readId(piece.id) : undefined);
  const providerId = readId(piece.msgId) ?? (typeof piece.id === 'number' ? readId(piece.id) : undefined);
  if (waId === undefined && providerId === undefined) return undefined;
  return { ...(waId === undefined ? {} : { waId }), ...(providerId === undefined ? {} : { providerId }) };
}

function statusOfSent(piece: RawRecord, hasKey: boolean): Status | undefined {
  const success = readBoolean(piece.success);
  if (success === false) return 'failed';
  const said = readStatus(piece.status);
  // Beside `success` stands, if anything, the state before the server's answer; only a failure is news.
  if (success === true) return said === 'failed' ? 'failed' : 'sent';
  if (piece.status !== undefined && piece.status !== null) return said;
  if (piece.error !== undefined && piece.error !== null) return 'failed';
  return hasKey ? 'sent' : undefined;
}

/** `messages.delete`: `data.keys` is a list; a mark beside the status, which stays as it was. */
export const readDeletes: EventReader = (reading, data, moment) => {
  const record = isRecord(data) ? data : undefined;
  if (record?.all === true && record.keys === undefined) {
    ignore(reading, 'a whole chat was cleared on the phone, which says nothing about single messages', 'data');
    return;
  }
  const [keys, path] =
    record?.keys !== undefined ? [record.keys, 'data.keys'] : record?.key !== undefined ? [record.key, 'data.key'] : [data, 'data'];
  forEachPiece(reading, keys, path, (piece, where) => {
    const key = readKey(reading, isRecord(piece.key) ? piece.key : piece, where);
    if (key !== undefined) pushReceipt(reading, key, 'deleted', moment());
  });
};

/** Messages that carry something about another message, not something a person reads. */
const NOT_A_MESSAGE = ['reactionMessage', 'protocolMessage', 'pollUpdateMessage', 'keepInChatMessage', 'pinInChatMessage'] as const;

/**
 * `messages.upsert` and the `received` events: only what was typed on our own phone (or sent by another
 * linked device) concerns us. Customers' messages are none of our business and leave no trace but a line.
 */
export const readMessages: EventReader = (reading, data, moment) => {
  const record = isRecord(data) ? data : undefined;
  const [messages, path] = record?.messages !== undefined ? [record.messages, 'data.messages'] : [data, 'data'];
  forEachPiece(reading, messages, path, (piece, where) => {
    const fromMe = isRecord(piece.key) ? readBoolean(piece.key.fromMe) : undefined;
    if (fromMe === false) return ignore(reading, 'a message from a customer', where);
    const content = isRecord(piece.message) ? piece.message : undefined;
    if (content !== undefined && NOT_A_MESSAGE.some((name) => isRecord(content[name])))
      return ignore(reading, 'a reaction or a change, not a message', where);
    const key = readKey(reading, piece.key, `${where}.key`);
    if (key === undefined) return;
    if (fromMe === undefined) return ignore(reading, 'it does not say who wrote the message', `${where}.key.fromMe`);
    if (key.chat === 'status@broadcast') return ignore(reading, 'a status post, not a message to somebody', where);
    readOwnMessage(reading, key, piece, where, moment);
  });
};

function readOwnMessage(reading: Reading, key: Key, piece: RawRecord, where: string, moment: () => Moment): void {
  const written = piece.messageTimestamp;
  const at = written === undefined || written === null ? moment() : momentOf(reading, written, `${where}.messageTimestamp`);
  const ref = { waId: key.waId };
  const text = unmasked(piece.messageBody) ?? textOf(piece.message);
  reading.facts.push({ kind: 'message', ref, chat: key.chat, at: at.at, ...(text === undefined ? {} : { text }) });
  const status = readStatus(piece.status);
  // A gateway announces its own messages before the server has taken them; then the status beside says so.
  const first = status === 'queued' || status === 'failed' ? status : 'sent';
  reading.facts.push({ kind: 'receipt', mine: true, ref, chat: key.chat, said: first, at: at.at, how: at.how });
  if (hasReached(status, 'delivered') && status !== undefined) {
    reading.facts.push({ kind: 'receipt', mine: true, ref, chat: key.chat, said: status, at: reading.entry.receivedAt, how: 'arrival' });
  }
}

/** `session.status`: connected, waiting for a scan, logged out … */
export const readSession: EventReader = (reading, data) => {
  const raw = isRecord(data) ? data.status : undefined;
  const state = readSessionState(raw);
  if (state !== undefined) reading.facts.push({ kind: 'session', state });
  else if (readText(raw) === undefined) markBroken(reading, 'it does not say the state of the session', 'data.status');
  else ignore(reading, `it says a state we do not know (${quote(raw)}), so nothing changes`, 'data.status');
};

/** `qrcode.updated`: the raw text of the code; it carries no time. */
export const readQr: EventReader = (reading, data) => {
  const record = isRecord(data) ? data : undefined;
  const text = readText(record?.qr) ?? readText(record?.qrCode);
  if (text === undefined) markBroken(reading, 'there is no code in it', 'data.qr');
  else reading.facts.push({ kind: 'qr', text });
};

/** `contacts.*` and `groups.*`: what the phone calls a person, and WhatsApp a group. People's own profile names stay unread. */
export const readContacts: EventReader = (reading, data) => {
  const record = isRecord(data) ? data : undefined;
  const [contacts, path] = record?.contacts !== undefined ? [record.contacts, 'data.contacts'] : [data, 'data'];
  forEachPiece(reading, contacts, path, (piece, where) => {
    const address = addressIn(piece.id) ?? addressIn(piece.jid);
    const name = readReason(unmasked(piece.name) ?? unmasked(piece.subject));
    if (address === undefined) ignore(reading, 'it does not say whose name it is', `${where}.id`);
    else if (name === undefined) ignore(reading, 'there is no name in it', where);
    else reading.facts.push({ kind: 'contact', address, name });
  });
};
