/** Understands one stored entry, whatever its bytes are. */
import { missingCase } from '../../../core/domain/failure.ts';
import type { EntryToRead, Normalised } from '../../../core/ports/provider.ts';
import { readMessageInfo, readMessageLog, readSendAnswer, readSessionAnswer } from './answers.ts';
import { decodeJson, isNestedTooDeeply } from './decode.ts';
import { isRecord, quote, type RawRecord, readText } from './raw.ts';
import { finishReading, type Moment, momentOf, type Reading, startReading } from './reading.ts';
import { type EventReader, readContacts, readDeletes, readMessages, readQr, readReceipts, readSent, readSession, readUpdates } from './webhooks.ts';

const READERS: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['messages.update', readUpdates],
  ['message-receipt.update', readReceipts],
  ['message.sent', readSent],
  ['messages.delete', readDeletes],
  ['messages.upsert', readMessages],
  ['messages.received', readMessages],
  ['messages-personal.received', readMessages],
  ['messages-group.received', readMessages],
  ['messages-newsletter.received', readMessages],
  ['session.status', readSession],
  ['qrcode.updated', readQr],
  ['contacts.upsert', readContacts],
  ['contacts.update', readContacts],
  ['groups.upsert', readContacts],
  ['groups.update', readContacts],
]);

/** Events that exist and say nothing about the fate of a message. */
const OF_NO_CONCERN: ReadonlyMap<string, string> = new Map([
  ['messages.reaction', 'a reaction to a message'],
  ['chats.upsert', 'a change in the list of chats'],
  ['chats.update', 'a change in the list of chats'],
  ['chats.delete', 'a change in the list of chats'],
  ['group-participants.update', 'somebody joined or left a group'],
  ['poll.results', 'votes in a poll'],
  ['call', 'a call'],
  ['call.received', 'a call'],
]);

export function normalise(entry: EntryToRead): Normalised {
  const decoded = decodeJson(entry.body);
  if (!decoded.ok) return brokenWhole(decoded.reason);
  const root = decoded.value;
  if (!isRecord(root)) return brokenWhole(isNestedTooDeeply(entry.body) ? 'nested too deeply' : 'there is no JSON object in it');
  switch (entry.shape) {
    case 'webhook':
      return readWebhook(entry, root);
    case 'message-info':
      return readAnswer(entry, root, readMessageInfo);
    case 'message-log':
      return readAnswer(entry, root, readMessageLog);
    case 'send-answer':
      return readAnswer(entry, root, readSendAnswer);
    case 'session':
      return readAnswer(entry, root, readSessionAnswer);
    case 'track':
      return brokenWhole('it was written here, not by the provider');
    default:
      return missingCase(entry.shape);
  }
}

function brokenWhole(reason: string): Normalised {
  return { facts: [], oddities: [{ kind: 'broken', reason }] };
}

function readWebhook(entry: EntryToRead, root: RawRecord): Normalised {
  const event = readText(root.event);
  if (event === undefined) return brokenWhole(isNestedTooDeeply(entry.body) ? 'nested too deeply' : 'it does not name an event');
  const read = READERS.get(event);
  if (read === undefined) {
    const known = OF_NO_CONCERN.get(event);
    const reason = known === undefined ? `an event we do not know: ${quote(event)}` : `${event}: ${known}, of no concern here`;
    return { facts: [], oddities: [{ kind: 'ignored', reason, where: 'event' }] };
  }
  const reading = startReading(entry, event);
  read(
    reading,
    root.data,
    once(() => momentOf(reading, root.timestamp, 'timestamp')),
  );
  return finishReading(reading);
}

/** So that a wrong time of the envelope is explained once, not for every piece in it. */
function once(find: () => Moment): () => Moment {
  let found: Moment | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

function readAnswer(entry: EntryToRead, root: RawRecord, read: (reading: Reading, root: RawRecord) => void): Normalised {
  const reading = startReading(entry, entry.shape);
  read(reading, root);
  return finishReading(reading);
}
