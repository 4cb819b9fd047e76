/** The answers to our own questions, kept in the inbox like webhooks and read the same way. */
import type { MessageRef } from '../../../core/domain/receipt.ts';
import { hasReached } from '../../../core/domain/status.ts';
import { isRecord, quote, type RawRecord, readBoolean, readId, readReason, readText } from './raw.ts';
import { addressIn, ignore, markBroken, type Reading, readChat, statedTime, textOf, unmasked } from './reading.ts';
import { readSessionState, readStatus } from './status.ts';
import { forEachPiece } from './webhooks.ts';

type AnswerReader = (reading: Reading, root: RawRecord) => void;

/** The payload of an answer: under `data`, or the answer itself. `undefined` when it says that it failed. */
function payloadOf(reading: Reading, root: RawRecord): RawRecord | undefined {
  if (readBoolean(root.success) === false) {
    ignore(reading, 'the provider could not answer, so nothing changes');
    return undefined;
  }
  return isRecord(root.data) ? root.data : root;
}

/**
 * `GET /messages/{msgId}/info`: the only place where the provider's id and WhatsApp's stand side by side.
 * `messageTimestamp` is the time of sending, not of the status, so the status is known to have come
 * between the answer before and this one.
 */
export const readMessageInfo: AnswerReader = (reading, root) => {
  const data = payloadOf(reading, root);
  if (data === undefined) return;
  const key = isRecord(data.key) ? data.key : undefined;
  const waId = readId(key?.id) ?? (typeof data.id === 'string' ? readId(data.id) : undefined);
  const providerId = readId(data.msgId);
  if (waId === undefined && providerId === undefined) return markBroken(reading, 'it does not say which message it is about', 'data.key.id');
  const ref: MessageRef = { ...(waId === undefined ? {} : { waId }), ...(providerId === undefined ? {} : { providerId }) };
  const chat = (key === undefined ? undefined : readChat(reading, key)) ?? readChat(reading, data);
  const sentAt = statedTime(reading, data.messageTimestamp, 'data.messageTimestamp');
  const text = textOf(data.message);
  reading.facts.push({ kind: 'message', ref, chat, ...(sentAt === undefined ? {} : { at: sentAt }), ...(text === undefined ? {} : { text }) });
  const raw = data.status;
  if (raw === undefined || raw === null) return ignore(reading, 'there is no status in it', 'data.status');
  const said = readStatus(raw);
  if (said === undefined) return ignore(reading, `it says a status we do not know (${quote(raw)}), so nothing changes`, 'data.status');
  // Only messages sent through the provider have an id to ask by: they are ours whatever `fromMe` says.
  const common = { kind: 'receipt', mine: true, ref, chat } as const;
  const wasSent = sentAt !== undefined && hasReached(said, 'sent');
  if (wasSent) reading.facts.push({ ...common, said: 'sent', at: sentAt, how: 'stated' });
  if (wasSent && said === 'sent') return;
  const reason = said === 'failed' ? (readReason(data.failed_reason) ?? readReason(data.error)) : undefined;
  reading.facts.push({ ...common, said, ...sinceLastAnswer(reading), ...(reason === undefined ? {} : { reason }) });
};

function sinceLastAnswer(reading: Reading): { at: number; how: 'between'; after?: number } {
  const { receivedAt, since } = reading.entry;
  return { at: receivedAt, how: 'between', ...(since === undefined || since >= receivedAt ? {} : { after: since }) };
}

/**
 * `GET …/message-logs`: a page of what was sent through the API, with the reasons of failures. Its times
 * have no zone; they are read as UTC and never called stated: a row got its status after it was created
 * and no later than its last change.
 */
export const readMessageLog: AnswerReader = (reading, root) => {
  if (readBoolean(root.success) === false) return ignore(reading, 'the provider could not answer, so nothing changes');
  const rows = isRecord(root.data) ? root.data.data : root.data;
  if (!Array.isArray(rows)) return markBroken(reading, 'there is no list of messages in it', 'data.data');
  if (rows.length > 0) forEachPiece(reading, rows, 'data.data', (row, where) => readLogRow(reading, row, where));
};

function readLogRow(reading: Reading, row: RawRecord, where: string): void {
  const providerId = readId(row.id);
  if (providerId === undefined) {
    markBroken(reading, 'it does not say which message it is about', `${where}.id`);
    return;
  }
  const ref = { providerId };
  // With logging off at the provider both are null: the row still tells the status.
  const chat = addressIn(row.to);
  const text = textInLog(row.content);
  const created = statedTime(reading, row.created_at, `${where}.created_at`);
  reading.facts.push({ kind: 'message', ref, chat, ...(created === undefined ? {} : { at: created }), ...(text === undefined ? {} : { text }) });
  const said = readStatus(row.status);
  if (said === undefined) {
    ignore(reading, `it says a status we do not know (${quote(row.status)}), so nothing changes`, `${where}.status`);
    return;
  }
  const changed = statedTime(reading, row.updated_at, `${where}.updated_at`);
  const reason = said === 'failed' ? readReason(row.failed_reason) : undefined;
  reading.facts.push({
    kind: 'receipt',
    mine: true,
    ref,
    chat,
    said,
    ...(changed === undefined ? sinceLastAnswer(reading) : betweenChanges(created, Math.min(changed, reading.entry.receivedAt))),
    ...(reason === undefined ? {} : { reason }),
  });
}

function betweenChanges(created: number | undefined, changed: number): { at: number; how: 'between'; after?: number } {
  return { at: changed, how: 'between', ...(created === undefined || created >= changed ? {} : { after: created }) };
}

/** The log writes what was posted, as JSON in a string. */
function textInLog(content: unknown): string | undefined {
  const written = unmasked(content);
  if (written === undefined || !written.startsWith('{')) return written;
  try {
    const posted: unknown = JSON.parse(written);
    return isRecord(posted) ? unmasked(posted.text) : undefined;
  } catch {
    return written;
  }
}

/** `POST /send-message`: the provider's id and the state of its queue. WhatsApp's id is not in it, and no time. */
export const readSendAnswer: AnswerReader = (reading, root) => {
  const data = payloadOf(reading, root);
  if (data === undefined) return;
  const providerId = readId(data.msgId);
  if (providerId === undefined) return markBroken(reading, 'it does not give the message an id', 'data.msgId');
  const ref = { providerId };
  const chat = addressIn(data.jid) ?? addressIn(data.to);
  reading.facts.push({ kind: 'message', ref, chat, at: reading.entry.receivedAt });
  const said = readStatus(data.status);
  if (said === undefined) return ignore(reading, `it says a status we do not know (${quote(data.status)}), so nothing changes`, 'data.status');
  reading.facts.push({ kind: 'receipt', mine: true, ref, chat, said, at: reading.entry.receivedAt, how: 'arrival' });
};

/** Details or status of the session: `{status}` alone or under `data`. */
export const readSessionAnswer: AnswerReader = (reading, root) => {
  const data = payloadOf(reading, root);
  if (data === undefined) return;
  const state = readSessionState(data.status);
  if (state === undefined) ignore(reading, `it says a state we do not know (${quote(data.status)}), so nothing changes`, 'data.status');
  else reading.facts.push({ kind: 'session', state });
  const qr = readText(data.qrCode);
  if (qr !== undefined) reading.facts.push({ kind: 'qr', text: qr });
};
