/**
 * The bodies of WASenderApi's webhooks, built from facts. Everything documented is here in all its shapes;
 * a style says which one. Pure, so that tests and load generators build the same bodies as the demo shop.
 */
import type { Millis } from '../core/domain/ids.ts';
import type { Random } from './random.ts';

/** The vendor's documents, SDKs and help pages disagree about how the same thing is written. */
export type PayloadStyle = {
  /** `data` (or the messages in it) as an array instead of one object. */
  readonly list: boolean;
  /** A status as `3`, as `delivered` or as `DELIVERY_ACK`. */
  readonly status: 'number' | 'word' | 'capitals';
  /** The envelope's `timestamp`. */
  readonly time: 'ms' | 's' | 'none';
  /** `docs`, or the shape of the npm SDK (group receipts) and of the help pages (`message.sent`). */
  readonly shape: 'docs' | 'other';
  /** What `fromMe` says of our own message in `messages.update`; the vendor's own example says false. */
  readonly fromMe: boolean;
  /** Whether the envelope carries `sessionId`, which is the session's API key. */
  readonly session: boolean;
};

export const DOCUMENTED_STYLE: PayloadStyle = { list: false, status: 'number', time: 'ms', shape: 'docs', fromMe: true, session: true };

/** Mostly as documented, sometimes each of the other ways. */
export function randomStyle(random: Random): PayloadStyle {
  return {
    list: random.chance(0.3),
    status: random.pick(['number', 'number', 'number', 'word', 'capitals']),
    time: random.pick(['ms', 'ms', 'ms', 'ms', 's']),
    shape: random.chance(0.25) ? 'other' : 'docs',
    fromMe: !random.chance(0.1),
    session: !random.chance(0.1),
  };
}

/** Everything a session can be subscribed to; both names that are seen for calls. */
export const EVENT_NAMES = [
  'message.sent',
  'messages.update',
  'message-receipt.update',
  'messages.upsert',
  'messages.received',
  'messages-personal.received',
  'messages-group.received',
  'messages-newsletter.received',
  'messages.delete',
  'messages.reaction',
  'session.status',
  'qrcode.updated',
  'chats.upsert',
  'chats.update',
  'chats.delete',
  'groups.upsert',
  'groups.update',
  'group-participants.update',
  'contacts.upsert',
  'contacts.update',
  'poll.results',
  'call',
  'call.received',
] as const;

export type WebhookBody = { readonly event: string; readonly timestamp?: number; readonly sessionId?: string; readonly data: unknown };

/** What WhatsApp's numbers mean: 0 failed, 1 queued, 2 sent, 3 delivered, 4 read, 5 played. */
export type StatusNumber = 0 | 1 | 2 | 3 | 4 | 5;
export const STATUS_WORDS = ['error', 'pending', 'sent', 'delivered', 'read', 'played'] as const;
const STATUS_CAPITALS = ['ERROR', 'PENDING', 'SERVER_ACK', 'DELIVERY_ACK', 'READ', 'PLAYED'] as const;

type Common = { readonly apiKey: string; readonly at: Millis; readonly style?: PayloadStyle };
/** `waId` is WhatsApp's id of the message; `chat` an address (`…@s.whatsapp.net`, `…@g.us`, `…@lid`). */
type About = Common & { readonly waId: string; readonly chat: string };

/** `messages.update`: one message reached `status`. */
export function statusUpdate(about: About & { readonly status: StatusNumber }): WebhookBody {
  const style = about.style ?? DOCUMENTED_STYLE;
  const piece = { update: { status: written(about.status, style) }, key: { remoteJid: about.chat, id: about.waId, fromMe: style.fromMe } };
  return envelope('messages.update', about, listed(piece, style));
}

export type GroupStep = 'delivered' | 'read' | 'played';

/** `message-receipt.update`: one person of a group reached `step`. */
export function groupReceipt(about: About & { readonly person: string; readonly step: GroupStep }): WebhookBody {
  const style = about.style ?? DOCUMENTED_STYLE;
  const seconds = toSeconds(about.at);
  const key = { remoteJid: about.chat, id: about.waId, fromMe: true, participant: about.person };
  if (style.shape === 'other') {
    return envelope('message-receipt.update', about, [{ key, receipt: { userJid: about.person, status: about.step, t: seconds } }]);
  }
  const times = { delivered: { receiptTimestamp: seconds }, read: { readTimestamp: seconds }, played: { playedTimestamp: seconds } };
  const piece = { message: { key, receipt: { userJid: about.person, ...times[about.step] } } };
  return envelope('message-receipt.update', about, listed(piece, style));
}

/** `message.sent`: WhatsApp's server took it. `to` is what was written in the send request. */
export function sent(about: Common & { readonly waId: string; readonly to: string; readonly text: string }): WebhookBody {
  const style = about.style ?? DOCUMENTED_STYLE;
  if (style.shape === 'other') {
    return envelope('message.sent', about, { id: about.waId, to: about.to, status: 'sent', type: 'text', content: about.text });
  }
  const key = { id: about.waId, fromMe: true, remoteJid: about.to };
  return envelope('message.sent', about, { key, message: { conversation: about.text }, success: true });
}

/** `message.sent` for one that failed: nothing in it names the message, only the words may hold the number. */
export function sendFailed(about: Common & { readonly error: string }): WebhookBody {
  return envelope('message.sent', about, { success: false, error: about.error });
}

export function deleted(about: Common & { readonly keys: readonly { readonly waId: string; readonly chat: string }[] }): WebhookBody {
  const keys = about.keys.map((key) => ({ id: key.waId, fromMe: true, remoteJid: key.chat }));
  return envelope('messages.delete', about, { keys });
}

/**
 * `messages.upsert` (or, for what customers write, the `…received` events): a message appeared in a chat.
 * Where `chat` is a LID, `phone` (digits) says whose it is.
 */
export function appeared(
  about: About & {
    readonly event?: 'messages.upsert' | 'messages.received' | 'messages-personal.received' | 'messages-group.received';
    readonly fromMe: boolean;
    readonly text: string;
    readonly phone?: string;
    readonly pushName?: string;
  },
): WebhookBody {
  const style = about.style ?? DOCUMENTED_STYLE;
  const isLid = about.chat.endsWith('@lid');
  const key = {
    id: about.waId,
    fromMe: about.fromMe,
    remoteJid: about.chat,
    ...(about.phone === undefined ? {} : { senderPn: `${about.phone}@s.whatsapp.net`, cleanedSenderPn: about.phone }),
    addressingMode: isLid ? 'lid' : 'pn',
  };
  const seconds = toSeconds(about.at);
  const message = {
    key,
    ...(about.pushName === undefined ? {} : { pushName: about.pushName }),
    messageBody: about.text,
    message: { conversation: about.text },
    messageTimestamp: style.status === 'number' ? seconds : String(seconds),
  };
  return envelope(about.event ?? 'messages.upsert', about, { messages: listed(message, style) });
}

/** `session.status`; the vendor writes the state in either case. */
export function sessionStatus(about: Common & { readonly state: string }): WebhookBody {
  const style = about.style ?? DOCUMENTED_STYLE;
  const status = style.status === 'capitals' ? about.state.toUpperCase() : about.state.toLowerCase();
  return envelope('session.status', about, { status, session_id: about.apiKey });
}

/** `qrcode.updated`, which never has a timestamp. */
export function qrUpdated(about: Common & { readonly qr: string }): WebhookBody {
  return { event: 'qrcode.updated', sessionId: about.apiKey, data: { qr: about.qr } };
}

/** `contacts.upsert`: names as they stand in the phone's address book. */
export function contactsAppeared(about: Common & { readonly contacts: readonly { readonly chat: string; readonly name: string }[] }): WebhookBody {
  const contacts = about.contacts.map((contact) => ({ id: contact.chat, name: contact.name, notify: contact.name.split(' ')[0] }));
  return envelope('contacts.upsert', about, contacts);
}

/** `groups.upsert`: the groups that this phone is in. */
export function groupsAppeared(about: Common & { readonly groups: readonly { readonly chat: string; readonly name: string }[] }): WebhookBody {
  return envelope(
    'groups.upsert',
    about,
    about.groups.map((group) => ({ id: group.chat, subject: group.name })),
  );
}

function envelope(event: string, about: Common, data: unknown): WebhookBody {
  const style = about.style ?? DOCUMENTED_STYLE;
  return {
    event,
    ...(style.time === 'none' ? {} : { timestamp: style.time === 's' ? toSeconds(about.at) : about.at }),
    ...(style.session ? { sessionId: about.apiKey } : {}),
    data,
  };
}

function listed(piece: unknown, style: PayloadStyle): unknown {
  return style.list ? [piece] : piece;
}

function written(status: StatusNumber, style: PayloadStyle): number | string {
  if (style.status === 'number') return status;
  return style.status === 'word' ? STATUS_WORDS[status] : STATUS_CAPITALS[status];
}

function toSeconds(at: Millis): number {
  return Math.floor(at / 1000);
}
