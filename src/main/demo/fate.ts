/** What will become of a message, decided when it is written. Pure; all waits in ms of the shop's own time. */
import type { Random } from './random.ts';

/** What one phone does with its copy. */
export type PhoneFate = {
  /** From sent; absent: the phone stays off. */
  readonly delivered?: number;
  /** From delivered; absent: never opened. */
  readonly read?: number;
  /** From read; only voice messages. */
  readonly played?: number;
};

export type Fate = PhoneFate & {
  /** From queued. */
  readonly sent: number;
  /** `refused`: WhatsApp never took it. `lost`: it was sent, then an error came back instead of a delivery. */
  readonly failure?: 'refused' | 'lost';
  /** Only the reading is ever told: WhatsApp may leave the delivery out. */
  readonly silentDelivery: boolean;
  /** Whether the lower steps are told by `messages.update`, too. */
  readonly tellsPending: boolean;
  readonly tellsSent: boolean;
  /** From sent: the shop takes it back for everyone. */
  readonly deleted?: number;
  /** From read: the customer writes back. */
  readonly reply?: number;
};

/** `voice` messages can be played. */
export function planFate(random: Random, voice: boolean): Fate {
  // Every draw is made in every case, so that one changed chance does not reshuffle the rest.
  const sent = random.int(300, 1000);
  const failing = random.next();
  const phone = planPhone(random, voice);
  const silentDelivery = random.chance(0.02);
  const tellsPending = random.chance(0.15);
  const tellsSent = random.chance(0.6);
  const [isDeleted, deleted] = [random.chance(0.015), random.int(15_000, 60_000)];
  const [isAnswered, reply] = [random.chance(0.1), random.int(5_000, 40_000)];
  const common = { sent, silentDelivery, tellsPending, tellsSent };
  if (failing < 0.03) return { ...common, failure: failing < 0.02 ? 'refused' : 'lost' };
  return { ...common, ...phone, ...(isDeleted ? { deleted } : {}), ...(isAnswered ? { reply } : {}) };
}

/** Delivered after a median of 1.5 s with a tail of phones that were off; read after a median of 20 s, one in four never. */
export function planPhone(random: Random, voice: boolean): PhoneFate {
  const quick = random.lognormal(1500, 0.9);
  const [isLate, late] = [random.chance(0.04), random.int(30_000, 180_000)];
  const isOff = random.chance(0.01);
  const isUnread = random.chance(0.25);
  const read = random.lognormal(20_000, 1);
  const [isPlayed, played] = [random.chance(0.7), random.int(2000, 20_000)];
  if (isOff) return {};
  const delivered = isLate ? late : Math.min(quick, 30_000);
  if (isUnread) return { delivered };
  return { delivered, read, ...(voice && isPlayed ? { played } : {}) };
}
