/** Every webhook of one message, each written in a style of its own. */
import type { Millis } from '../core/domain/ids.ts';
import type { LiveMessage } from './messages.ts';
import * as payloads from './payloads.ts';
import type { Random } from './random.ts';
import type { ShopSession } from './sessions.ts';

export interface Teller {
  refused(reason: string): void;
  /** `alsoAsUpdate` says it a second time by `messages.update`. */
  sent(alsoAsUpdate: boolean): void;
  update(status: payloads.StatusNumber): void;
  receipt(person: string, step: payloads.GroupStep): void;
  deleted(): void;
  /** The customer writes back; the same words come as three events. */
  reply(text: string): void;
}

export function createTeller(parts: {
  readonly session: ShopSession;
  readonly message: LiveMessage;
  readonly chance: Random;
  readonly now: () => Millis;
  readonly tell: (body: payloads.WebhookBody) => void;
}): Teller {
  const { session, message, chance, tell } = parts;

  function about() {
    return { apiKey: session.apiKey, at: parts.now(), waId: message.waId ?? '', chat: message.chat, style: payloads.randomStyle(chance) };
  }

  return {
    refused: (reason) => tell(payloads.sendFailed({ ...about(), error: reason })),
    sent(alsoAsUpdate) {
      if (message.origin === 'api') tell(payloads.sent({ ...about(), to: message.to, text: message.text }));
      const phone = message.person?.phone.slice(1);
      tell(payloads.appeared({ ...about(), fromMe: true, text: message.text, pushName: session.settings.name, ...(phone ? { phone } : {}) }));
      if (alsoAsUpdate) tell(payloads.statusUpdate({ ...about(), status: 2 }));
    },
    update: (status) => tell(payloads.statusUpdate({ ...about(), status })),
    receipt: (person, step) => tell(payloads.groupReceipt({ ...about(), person, step })),
    deleted: () => tell(payloads.deleted({ ...about(), keys: [{ waId: message.waId ?? '', chat: message.chat }] })),
    reply(text) {
      if (message.person === undefined) return;
      const { phone, name } = message.person;
      const letter = { ...about(), waId: `3A${chance.hex(18).toUpperCase()}`, fromMe: false, text, phone: phone.slice(1), pushName: name };
      for (const event of ['messages.upsert', 'messages.received', 'messages-personal.received'] as const)
        tell(payloads.appeared({ ...letter, event }));
    },
  };
}
