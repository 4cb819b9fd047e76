/** Where a provider, a customer or an owner might leave a key or a phone number. */
import {
  appeared,
  contactsAppeared,
  DOCUMENTED_STYLE,
  groupReceipt,
  sendFailed,
  sent,
  sessionStatus,
  statusUpdate,
} from '../../src/main/demo/payloads.ts';
import type { ScriptedServer } from './scriptedServer.ts';

/** A session key as the vendor prints them: 64 hex digits. */
export const CANARY_KEY = 'ca4a21e5'.repeat(8);
export const CANARY_TOKEN = '917|CanaryTokenThatNobodyMaySee4711zz';
export const CANARY_SECRET = 'canary.webhook.secret.that.nobody.sees';
/** Digits of a number that belongs to nobody. */
export const CANARY_PHONE = '15559998877';

const KEYS = [CANARY_KEY, CANARY_TOKEN, CANARY_SECRET];

/** As it may stand in JSON without a letter of it to be seen. */
const escaped = (text: string) => [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** Webhook bodies that hold a key or the number in every documented place, and in some that no document knows. */
export function plantedBodies(at: number): readonly string[] {
  const chat = `${CANARY_PHONE}@s.whatsapp.net`;
  const words = `${CANARY_KEY} is not allowed to write to +${CANARY_PHONE} (token ${CANARY_TOKEN}, secret ${CANARY_SECRET})`;
  const common = { apiKey: CANARY_KEY, at };
  const whole = [
    statusUpdate({ ...common, waId: '3EB0CANARY01', chat, status: 3 }),
    statusUpdate({ ...common, waId: '3EB0CANARY02', chat, status: 4, style: { ...DOCUMENTED_STYLE, list: true, status: 'capitals' } }),
    groupReceipt({ ...common, waId: '3EB0CANARY03', chat: '120363000000000009@g.us', person: chat, step: 'read' }),
    sent({ ...common, waId: '3EB0CANARY04', to: `+${CANARY_PHONE}`, text: words }),
    sendFailed({ ...common, error: words }),
    appeared({ ...common, waId: '3EB0CANARY05', chat: '98700000000009@lid', phone: CANARY_PHONE, fromMe: true, text: words, pushName: words }),
    appeared({ ...common, waId: '3EB0CANARY06', chat, fromMe: false, text: words, event: 'messages.received' }),
    contactsAppeared({ ...common, contacts: [{ chat, name: words }] }),
    sessionStatus({ ...common, state: 'connected' }),
    { event: 'message.sent', data: { key: { id: '3EB0CANARY07', fromMe: true, remoteJid: chat }, success: false, error: words } },
    { event: 'messages.update', data: { key: { id: '3EB0CANARY08', remoteJid: chat, fromMe: true }, update: { status: words } } },
    { event: words, data: {} },
    { event: CANARY_SECRET, data: {} },
    { event: `message.${CANARY_PHONE}`, data: {} },
    { event: 'session.status', data: { status: words, session_id: CANARY_KEY, api_key: CANARY_KEY, apiKey: CANARY_KEY } },
    {
      event: 'something.new',
      [CANARY_KEY]: CANARY_PHONE,
      data: { [words]: [CANARY_KEY, { [CANARY_TOKEN]: `Bearer ${CANARY_KEY}` }], number: Number(CANARY_PHONE) },
    },
    [CANARY_KEY, CANARY_PHONE, words],
  ].map((body) => JSON.stringify(body));
  const first = whole[0] ?? '';
  return [
    ...whole,
    // cut off in the middle of the number, of the key, and behind both
    ...[40, 70, 110, first.length - 2].map((end) => first.slice(0, end)),
    first.replaceAll('"', "'"),
    `payload=${encodeURIComponent(first)}`,
    `<html><body>${words}</body></html>`,
    words,
    CANARY_KEY,
    `+${CANARY_PHONE}`,
    `{"event":"something.new","${escaped(CANARY_SECRET)}":"${escaped(CANARY_KEY)}","data":"${escaped(CANARY_TOKEN)}"}`,
    `{"event":"something.new","data":"\u0000${words}`,
  ];
}

/** Whether any of the keys, or most of one, stands in this text or these bytes. */
export function keysIn(found: string | Buffer): readonly string[] {
  return KEYS.filter((key) => found.includes(key) || found.includes(escaped(key)) || found.includes(key.slice(0, 24)));
}

/** Whether the number stands in this text, in whole. */
export function showsPhone(text: string): boolean {
  return text.includes(CANARY_PHONE);
}

/** Every way in which a provider can quote what it was sent. One is so long that whoever shortens it cuts the key in two. */
const QUOTES = [
  (words: string) => ({ status: 400, json: { success: false, message: words } }),
  (words: string) => ({ status: 401, json: { success: false, message: `Unauthenticated: ${words}` } }),
  (words: string) => ({ status: 422, json: { message: `${'The request was refused. '.repeat(10)}${words}` } }),
  (words: string) => ({ status: 500, json: { error: { message: words } } }),
  (words: string) => ({ status: 503, text: `<html>${words}</html>` }),
  (words: string) => ({ status: 200, json: { success: false, error: words } }),
  (words: string) => ({ status: 200, text: words }),
  (words: string) => ({ status: 302, headers: { location: `https://example.com/${CANARY_KEY}` }, text: words }),
  (words: string) => ({ status: 429, headers: { 'retry-after': '1' }, json: { message: words, retry_after: 0.01 } }),
];
export const QUOTE_COUNT = QUOTES.length;

const ROUTES = [
  'GET /api/status',
  'GET /api/user',
  'GET /api/whatsapp-sessions',
  'POST /api/whatsapp-sessions',
  'GET /api/whatsapp-sessions/7',
  'PUT /api/whatsapp-sessions/7',
  'POST /api/whatsapp-sessions/7/connect',
  'GET /api/whatsapp-sessions/7/qrcode',
  'GET /api/whatsapp-sessions/7/message-logs',
  'POST /api/send-message',
  'GET /api/messages/58000001/info',
];

/** From now on every answer of this server is an error that repeats the keys and the number in the `index`-th way. */
export function quoteEverything(server: ScriptedServer, index: number): void {
  const words = `key ${CANARY_KEY} and ${CANARY_TOKEN} may not write to +${CANARY_PHONE}`;
  const script = QUOTES[index % QUOTES.length]?.(words);
  if (script !== undefined) for (const route of ROUTES) server.on(route, script);
}
