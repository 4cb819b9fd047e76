/** Every message of the shop and what really became of it. */
import type { Millis } from '../core/domain/ids.ts';
import type { Said } from '../core/domain/status.ts';
import type { StatusNumber } from './payloads.ts';
import { addressInGroup, type Group, type Person } from './people.ts';
import type { Random } from './random.ts';

export type TrueSteps = Readonly<Partial<Record<Said, Millis>>>;

export type TruePerson = { readonly name: string; readonly phone: string; readonly address: string; readonly steps: TrueSteps };

/** What really happened: the times at which the shop's far end saw each step. */
export type TrueMessage = {
  readonly session: number;
  /** The provider's id; undefined for what was typed on the phone. */
  readonly msgId: number | undefined;
  /** WhatsApp's id; undefined until the message is sent, and for ever when it is refused. */
  readonly waId: string | undefined;
  readonly origin: 'api' | 'phone';
  /** As WhatsApp addresses the chat. */
  readonly chat: string;
  /** As the send request wrote it: `+` and digits, or a group's address. */
  readonly to: string;
  readonly text: string;
  readonly voice: boolean;
  /** The message as a whole; in a group only what the shop's own phone saw. */
  readonly steps: TrueSteps;
  readonly failure: string | undefined;
  /** Empty unless the chat is a group. */
  readonly people: readonly TruePerson[];
};

/** The same while it is still happening. */
export type LiveMessage = {
  -readonly [K in keyof TrueMessage]: TrueMessage[K];
} & {
  readonly index: number;
  readonly createdAt: Millis /** How often it was begun. */;
  attempts: number;
  readonly person: Person | undefined;
  readonly group: Group | undefined;
};

export interface Messages {
  add(input: {
    readonly session: number;
    readonly to: Person | Group;
    readonly text: string;
    readonly voice: boolean;
    readonly origin: 'api' | 'phone';
    readonly at: Millis;
    readonly useLid: boolean;
  }): LiveMessage;
  step(message: LiveMessage, said: Said, at: Millis): void;
  personStep(message: LiveMessage, address: string, said: Said, at: Millis): void;
  assignWaId(message: LiveMessage): string;
  byMsgId(session: number, msgId: number): LiveMessage | undefined;
  /** What went through the API, newest first. */
  apiMessages(session: number): readonly LiveMessage[];
  all(): readonly LiveMessage[];
}

/** Keeps the newest `most`; `startedAt` sets this run's ids apart from those of earlier runs with the same seed. */
export function createMessages(random: Random, startedAt: Millis, most: number): Messages {
  const messages = new Map<number, LiveMessage>();
  const byId = new Map<number, LiveMessage>();
  const firstMsgId = 58_000_001 + Math.max(0, Math.floor(startedAt / 1000) - 1_767_225_600) * 1000;
  let made = 0;

  return {
    add(input) {
      const index = made++;
      const group = 'people' in input.to ? input.to : undefined;
      const person = 'people' in input.to ? undefined : input.to;
      const message: LiveMessage = {
        index,
        session: input.session,
        msgId: input.origin === 'api' ? firstMsgId + index : undefined,
        waId: undefined,
        origin: input.origin,
        chat: person !== undefined && input.useLid ? person.lid : input.to.jid,
        to: person?.phone ?? input.to.jid,
        text: input.text,
        voice: input.voice,
        steps: input.origin === 'api' ? { queued: input.at } : {},
        failure: undefined,
        people: (group?.people ?? []).map((member) => ({ name: member.name, phone: member.phone, address: addressInGroup(member), steps: {} })),
        createdAt: input.at,
        attempts: 1,
        person,
        group,
      };
      messages.set(index, message);
      if (message.msgId !== undefined) byId.set(message.msgId, message);
      if (messages.size > most) forgetOldest();
      return message;
    },
    step(message, said, at) {
      message.steps = { ...message.steps, [said]: at };
    },
    personStep(message, address, said, at) {
      message.people = message.people.map((person) => (person.address === address ? { ...person, steps: { ...person.steps, [said]: at } } : person));
    },
    assignWaId(message) {
      message.waId ??= `3EB0${random.fork('waId', startedAt, message.index).hex(18).toUpperCase()}`;
      return message.waId;
    },
    byMsgId(session, msgId) {
      const message = byId.get(msgId);
      return message?.session === session ? message : undefined;
    },
    apiMessages: (session) => [...byId.values()].filter((message) => message.session === session).reverse(),
    all: () => [...messages.values()],
  };

  function forgetOldest(): void {
    const oldest = messages.values().next().value;
    if (oldest === undefined) return;
    messages.delete(oldest.index);
    if (oldest.msgId !== undefined) byId.delete(oldest.msgId);
  }
}

/** WhatsApp's number for how far a message as a whole got. */
export function statusNumber(message: TrueMessage): StatusNumber {
  const { steps } = message;
  if (steps.played !== undefined) return 5;
  if (steps.read !== undefined) return 4;
  if (steps.delivered !== undefined) return 3;
  if (steps.failed !== undefined) return 0;
  return steps.sent !== undefined ? 2 : 1;
}

/** A copy that no later step changes. */
export function truthOf(message: LiveMessage): TrueMessage {
  const { index: _index, createdAt: _created, attempts: _attempts, person: _person, group: _group, ...truth } = message;
  return truth;
}
