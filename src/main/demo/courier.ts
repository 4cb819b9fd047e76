/**
 * Brings webhooks to whoever registered for them: once, in order, without another try when it fails
 * (none is documented, so none must be expected) — unless a switch makes it worse than that.
 */
import type { DemoSwitches } from '../../shared/contract/views.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { WebhookBody } from './payloads.ts';
import type { Random } from './random.ts';
import type { Waits } from './waits.ts';

const MOST_IN_FLIGHT = 16;
const MOST_WAITING = 20_000;
const TIMEOUT_MS = 10_000;
const SHUFFLE_MS = 8000;
const REPEAT_MS = 3000;

/** Where one session's webhooks go, read afresh for every one. */
export type Destination = {
  readonly url: string | undefined;
  readonly enabled: boolean;
  readonly events: readonly string[];
  readonly secret: string | undefined;
};

export type WebhookCounts = {
  /** Told by the shop, whether or not somebody listens. */
  readonly told: number;
  /** Nobody registered for them. */
  readonly unwanted: number;
  /** Left out by a switch, or because too many waited. */
  readonly dropped: number;
  /** Requests made, repeats included. */
  readonly posted: number;
  readonly accepted: number;
  readonly refused: number;
  /** No answer at all. */
  readonly unanswered: number;
  /** On their way or waiting for their turn. */
  readonly open: number;
};

export interface Courier {
  tell(destination: () => Destination, body: WebhookBody): void;
  counts(): WebhookCounts;
  close(): void;
}

export function createCourier(parts: {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly random: Random;
  readonly switches: () => DemoSwitches;
  readonly fetch: typeof fetch;
  readonly log: Log;
}): Courier {
  const { clock, waits, random, log } = parts;
  const counts = { told: 0, unwanted: 0, dropped: 0, posted: 0, accepted: 0, refused: 0, unanswered: 0, open: 0 };
  const line: { readonly destination: () => Destination; readonly text: string; readonly event: string }[] = [];
  const onTheirWay = new Set<AbortController>();
  let closed = false;

  function tell(destination: () => Destination, body: WebhookBody): void {
    counts.told++;
    if (!wants(destination(), body.event)) {
      counts.unwanted++;
      return;
    }
    const { repeats, shuffles, losses, outage } = parts.switches();
    const chance = random.fork('webhook', counts.told);
    const isLost = chance.chance(0.3);
    const copies = repeats ? chance.int(1, 3) : 1;
    if (outage || (losses && isLost)) {
      counts.dropped++;
      return;
    }
    const text = JSON.stringify(body);
    for (let copy = 0; copy < copies; copy++) {
      const wait = (shuffles ? chance.int(0, SHUFFLE_MS) : 0) + (copy > 0 ? chance.int(0, REPEAT_MS) : 0);
      counts.open++;
      if (wait === 0) enqueue();
      else waits.after(wait, enqueue);
    }

    function enqueue(): void {
      if (line.length >= MOST_WAITING) {
        line.shift();
        counts.dropped++;
        counts.open--;
      }
      line.push({ destination, text, event: body.event });
      pump();
    }
  }

  function pump(): void {
    while (onTheirWay.size < MOST_IN_FLIGHT && !closed) {
      const next = line.shift();
      if (next === undefined) return;
      const giveUp = new AbortController();
      onTheirWay.add(giveUp);
      void post(next.destination(), next.text, next.event, giveUp).finally(() => {
        onTheirWay.delete(giveUp);
        counts.open--;
        pump();
      });
    }
  }

  async function post(destination: Destination, text: string, event: string, giveUp: AbortController): Promise<void> {
    if (!wants(destination, event) || destination.url === undefined) {
      counts.unwanted++;
      return;
    }
    if (parts.switches().outage) {
      counts.dropped++;
      return;
    }
    // Not scaled with the shop's own time: the far end answers in real time.
    const cancel = clock.after(TIMEOUT_MS, () => giveUp.abort());
    counts.posted++;
    try {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Tickline-demo-shop',
        ...(destination.secret === undefined ? {} : { 'X-Webhook-Signature': destination.secret }),
      };
      const answer = await parts.fetch(destination.url, { method: 'POST', headers, body: text, redirect: 'manual', signal: giveUp.signal });
      await answer.arrayBuffer();
      if (answer.ok) counts.accepted++;
      else counts.refused++;
    } catch (error) {
      counts.unanswered++;
      log.info('demo.webhook.unanswered', { event, why: error instanceof Error ? error.name : 'unknown' });
    } finally {
      cancel();
    }
  }

  return {
    tell,
    counts: () => ({ ...counts }),
    close() {
      closed = true;
      for (const giveUp of onTheirWay) giveUp.abort();
      line.length = 0;
    },
  };
}

function wants(destination: Destination, event: string): boolean {
  return destination.enabled && destination.url !== undefined && destination.events.includes(event);
}
