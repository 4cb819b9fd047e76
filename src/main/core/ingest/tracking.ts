import type { Clock } from '../ports/clock.ts';
import type { Polls } from '../ports/polls.ts';
import type { Tracking } from './apply.ts';
import { wantsConfirming } from './trusting.ts';

/** What becomes of a message, told to the polling: what can be asked about, and what needs no asking any more. */
export function trackIn(polls: Pick<Polls, 'track' | 'merged' | 'settle' | 'urge'>, clock: Clock): Tracking {
  return {
    track: (message) =>
      message.providerId !== null &&
      polls.track(message.row, message.account, message.providerId, message.firstAt, clock.now(), {
        joined: message.waId !== null,
        ...(message.status === null ? {} : { status: message.status }),
      }),
    merged: (from, into) => polls.merged(from, into.row, into.status ?? undefined, clock.now()),
    settle(message, heard) {
      if (message.providerId === null || message.status === null) return;
      polls.settle(message.row, message.status, clock.now(), heard);
      if (heard === 'webhook' && wantsConfirming(message)) polls.urge(message.row, clock.now());
    },
  };
}
