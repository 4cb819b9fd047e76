/** The life of each message after it was accepted: the waits, the steps, and the webhooks that tell of them. */
import type { Said } from '../core/domain/status.ts';
import type { Clock } from '../core/ports/clock.ts';
import { type Fate, planFate, planPhone } from './fate.ts';
import type { LiveMessage, Messages } from './messages.ts';
import type { GroupStep, WebhookBody } from './payloads.ts';
import type { Random } from './random.ts';
import type { ShopSession } from './sessions.ts';
import { createTeller, type Teller } from './teller.ts';
import { inventReply, refusalReason } from './texts.ts';
import type { Waits } from './waits.ts';

export interface Life {
  /** Lets a message that was just added live; `attempt` counts resends. */
  begin(session: ShopSession, message: LiveMessage, attempt?: number): void;
  /** Gives a message of the past the whole life it has had by now, without telling anybody. */
  remember(message: LiveMessage): void;
}

export function createLife(parts: {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly random: Random;
  readonly messages: Messages;
  readonly tell: (session: ShopSession, body: WebhookBody) => void;
}): Life {
  const { clock, waits, random, messages } = parts;

  function begin(session: ShopSession, message: LiveMessage, attempt = 0): void {
    const chance = random.fork('fate', message.createdAt, message.index, attempt);
    const fate = planFate(chance, message.voice);
    const failure = message.origin === 'phone' ? undefined : fate.failure;
    const teller = createTeller({ session, message, chance, now: clock.now, tell: (body) => parts.tell(session, body) });
    waits.after(message.origin === 'phone' ? 0 : fate.sent, () => {
      if (failure === 'refused') refuse(message, teller, chance);
      else leave(message, teller, fate, failure === 'lost', chance);
    });
  }

  function refuse(message: LiveMessage, teller: Teller, chance: Random): void {
    message.failure = refusalReason(chance, message.to);
    messages.step(message, 'failed', clock.now());
    teller.refused(message.failure);
  }

  function leave(message: LiveMessage, teller: Teller, fate: Fate, isLost: boolean, chance: Random): void {
    messages.assignWaId(message);
    if (fate.tellsPending && message.origin === 'api') teller.update(1);
    messages.step(message, 'sent', clock.now());
    teller.sent(fate.tellsSent);
    if (fate.deleted !== undefined) {
      waits.after(fate.deleted, () => {
        messages.step(message, 'deleted', clock.now());
        teller.deleted();
      });
    }
    if (message.group !== undefined) {
      liveInGroup(message, teller, chance);
      return;
    }
    if (isLost) {
      waits.after(2000, () => {
        message.failure = 'error';
        messages.step(message, 'failed', clock.now());
        teller.update(0);
      });
      return;
    }
    climb(fate, (said) => {
      // A delivery that WhatsApp leaves out is known to nobody, so it is not part of the truth either.
      if (said === 'delivered' && fate.silentDelivery && fate.read !== undefined) return;
      messages.step(message, said, clock.now());
      teller.update(said === 'delivered' ? 3 : said === 'read' ? 4 : 5);
      if (said === 'read' && fate.reply !== undefined) waits.after(fate.reply, () => teller.reply(inventReply(chance)));
    });
  }

  function liveInGroup(message: LiveMessage, teller: Teller, chance: Random): void {
    message.people.forEach((person, index) => {
      climb(planPhone(chance.fork('person', message.index, index), message.voice), (said) => {
        messages.personStep(message, person.address, said, clock.now());
        teller.receipt(person.address, said);
      });
    });
  }

  /** One phone's steps, each after the one before. */
  function climb(fate: Pick<Fate, 'delivered' | 'read' | 'played'>, reach: (said: GroupStep) => void): void {
    if (fate.delivered === undefined) return;
    waits.after(fate.delivered, () => {
      reach('delivered');
      if (fate.read === undefined) return;
      waits.after(fate.read, () => {
        reach('read');
        if (fate.played !== undefined) waits.after(fate.played, () => reach('played'));
      });
    });
  }

  function remember(message: LiveMessage): void {
    const chance = random.fork('fate', message.createdAt, message.index, 0);
    const fate = planFate(chance, message.voice);
    const now = clock.now();
    const set = (said: Said, at: number) => at <= now && messages.step(message, said, Math.round(at));
    const sentAt = message.createdAt + fate.sent;
    if (fate.failure === 'refused') {
      message.failure = refusalReason(chance, message.to);
      set('failed', sentAt);
      return;
    }
    messages.assignWaId(message);
    set('sent', sentAt);
    if (fate.failure === 'lost') {
      message.failure = 'error';
      set('failed', sentAt + 2000);
      return;
    }
    if (message.group !== undefined || fate.delivered === undefined) return;
    set('delivered', sentAt + fate.delivered);
    if (fate.read !== undefined) set('read', sentAt + fate.delivered + fate.read);
  }

  return { begin, remember };
}
