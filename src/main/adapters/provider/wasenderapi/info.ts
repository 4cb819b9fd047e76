/** How the provider introduces itself to the owner. */
import type { ProviderInfo } from '../../../core/ports/provider.ts';
import { fields } from './fields.ts';

export const DEFAULT_BASE_URL = 'https://www.wasenderapi.com/api';

export const info: ProviderInfo = {
  key: 'wasenderapi',
  name: 'WASenderApi',
  summary: 'Sends through your own WhatsApp number. You link it by scanning a QR code, like WhatsApp Web.',
  fields,
  proof: 'password',
  can: { qr: true, webhook: true, poll: true, pull: false, history: true, send: true },
  limits: [
    'On a trial one message a minute can be sent; on paid plans up to 256 requests to send a minute.',
    'With account protection on, one message every 5 seconds, whatever the plan.',
    'Only messages that were sent through WASenderApi can be asked about later. For messages typed on the phone, receipts that arrive while Tickline is closed are lost.',
    'A message that fails at once may come without saying which one it was. Tickline then asks about everything still queued.',
  ],
  cautions: [
    'WASenderApi is not WhatsApp’s own service. It links to your phone like another device of yours. This can go against WhatsApp’s terms, and WhatsApp may block the number. Use a number that you can afford to lose.',
    'Messages and numbers pass through WASenderApi’s servers. Tickline has no influence on what is kept there.',
    'A session reports to one address only. When Tickline registers its own, another program stops hearing from that session. Tickline shows you the address first and puts it back when it closes.',
    'WASenderApi signs its reports with a plain password. Whoever learns it could invent receipts, so Tickline keeps it secret and checks what it can by asking back.',
  ],
};

/** The demo shop's own words. It has no fixed address: every start brings another one. */
export const demoInfo = {
  key: 'demo',
  name: 'Demo shop',
  summary: 'An invented shop with invented customers, inside this app. Nothing leaves your computer, and one click removes it.',
  limits: [],
  cautions: [],
} as const satisfies Partial<ProviderInfo>;

/** What to subscribe to. `messages.upsert` brings the time of messages typed on the phone; customers' messages in it are passed over. */
export const webhookEvents: readonly string[] = [
  'messages.update',
  'message-receipt.update',
  'message.sent',
  'messages.upsert',
  'messages.delete',
  'session.status',
  'qrcode.updated',
];

/**
 * The invented customers have names to show. Of a real account the whole address book would come, which nobody
 * asked for; owners who want names can switch these events on at the provider, and they are understood.
 */
export const demoWebhookEvents: readonly string[] = [...webhookEvents, 'contacts.upsert', 'groups.upsert'];
