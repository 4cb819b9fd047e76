/** What a session's own key can do: send, ask about messages, see the state, the contacts and the groups. */
import { z } from 'zod';
import type { Clock } from '../core/ports/clock.ts';
import { type Answer, good, messageInfo, refuse, tooMany } from './answers.ts';
import type { Life } from './life.ts';
import { type LiveMessage, type Messages, statusNumber } from './messages.ts';
import { addressInGroup, type Group, type Person, personOf } from './people.ts';
import type { Call, Route } from './routes.ts';
import type { ShopSession } from './sessions.ts';

const PROTECTION_MS = 5000;
const media = z.string().min(1).optional();
const sending = z.object({
  to: z.string().min(3).max(100),
  text: z.string().min(1).max(4096).optional(),
  imageUrl: media,
  videoUrl: media,
  documentUrl: media,
  audioUrl: media,
  stickerUrl: media,
  contact: z.unknown().optional(),
  location: z.unknown().optional(),
});

export function sessionRoutes(parts: {
  readonly clock: Clock;
  readonly messages: Messages;
  readonly life: Life;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
}): readonly Route[] {
  const { clock, messages, life, people, groups } = parts;
  const lastSend = new Map<number, number>();

  function route(method: Route['method'], path: string, limit: Route['limit'], answer: (session: ShopSession, call: Call) => Answer): Route {
    return { method, path, token: 'session', limit, answer: (call, session) => answer(session, call) };
  }

  function aboutMessage(method: Route['method'], path: string, answer: (message: LiveMessage, session: ShopSession) => Answer): Route {
    return route(method, path, 'info', (session, { params }) => {
      const message = messages.byMsgId(session.id, Number(params[0]));
      return message === undefined ? refuse(404, 'Message not found.') : answer(message, session);
    });
  }

  function aboutGroup(path: string, answer: (group: Group) => Answer): Route {
    return route('GET', path, 'groups', (_session, { params }) => {
      const group = groups.find((each) => each.jid === decodeURIComponent(params[0] ?? ''));
      return group === undefined ? refuse(404, 'Group not found.') : answer(group);
    });
  }

  /** Whoever `to` names; undefined when it names nobody. */
  function recipient(to: string): Person | Group | undefined {
    if (to.endsWith('@g.us')) return groups.find((group) => group.jid === to);
    const digits = /^\+?([1-9]\d{6,14})(?:@s\.whatsapp\.net)?$/.exec(to)?.[1];
    if (digits === undefined) return people.find((person) => person.lid === to);
    return people.find((person) => person.phone === `+${digits}`) ?? personOf(`+${digits}`, '', false);
  }

  function send(session: ShopSession, { body }: Call): Answer {
    const input = sending.safeParse(body);
    if (!input.success) return refuse(422, 'The given data was invalid.', { to: ['The to field is required.'] });
    const { to, text, audioUrl, imageUrl, videoUrl, documentUrl, stickerUrl, contact, location } = input.data;
    const content = text ?? audioUrl ?? imageUrl ?? videoUrl ?? documentUrl ?? stickerUrl ?? contact ?? location;
    if (content === undefined) return refuse(422, 'The given data was invalid.', { text: ['There is nothing to send.'] });
    const found = recipient(to);
    if (found === undefined) return refuse(422, 'The given data was invalid.', { to: ['The to field is not a number or a known group.'] });
    if (session.state !== 'connected') return refuse(400, 'Your WhatsApp session is not connected.');
    const wait = (lastSend.get(session.id) ?? Number.NEGATIVE_INFINITY) + PROTECTION_MS - clock.monotonic();
    if (session.settings.account_protection && wait > 0) {
      return tooMany(Math.ceil(wait / 1000), 'Account protection is on: only one message every 5 seconds can be sent.');
    }
    lastSend.set(session.id, clock.monotonic());
    const message = messages.add({
      session: session.id,
      to: found,
      text: text ?? '',
      voice: audioUrl !== undefined,
      origin: 'api',
      at: clock.now(),
      useLid: false,
    });
    life.begin(session, message);
    return good({ msgId: message.msgId, jid: to, status: 'in_progress' });
  }

  return [
    route('GET', '/status', 'account', (session) => ({ status: 200, body: { status: session.state } })),
    route('GET', '/user', 'account', (session) => {
      if (session.state !== 'connected') return refuse(400, 'Your WhatsApp session is not connected.');
      const self = personOf(session.settings.phone_number, session.settings.name, false);
      return good({ id: self.jid, lid: self.lid, name: self.name });
    }),
    route('POST', '/send-message', 'send', send),
    aboutMessage('GET', '/messages/:id/info', (message) => good(messageInfo(message))),
    aboutMessage('POST', '/messages/:id/resend', (message, session) => {
      if (statusNumber(message) !== 0) return refuse(422, 'Only a failed message can be sent again.');
      message.steps = { queued: clock.now() };
      message.failure = undefined;
      message.waId = undefined;
      life.begin(session, message, message.attempts++);
      return good({ msgId: message.msgId, jid: message.to, status: 'in_progress' });
    }),
    route('GET', '/contacts', 'groups', () =>
      good(people.map((person) => ({ id: person.jid, lid: person.lid, name: person.name, notify: person.name }))),
    ),
    route('GET', '/groups', 'groups', () => good(groups.map((group) => ({ id: group.jid, name: group.name, imgUrl: null })))),
    aboutGroup('/groups/:id/metadata', (group) =>
      good({ id: group.jid, subject: group.name, size: group.people.length, participants: group.people.map(member) }),
    ),
    aboutGroup('/groups/:id/participants', (group) => good(group.people.map(member))),
  ];
}

function member(person: Person) {
  return { id: addressInGroup(person), jid: person.jid, lid: person.lid, admin: null };
}
