import { describe, expect, it } from 'vitest';
import { createCourier, type Destination } from '../../../src/main/demo/courier.ts';
import { DOCUMENTED_STYLE, statusUpdate } from '../../../src/main/demo/payloads.ts';
import { createRandom } from '../../../src/main/demo/random.ts';
import { createWaits } from '../../../src/main/demo/waits.ts';
import { silentLog } from '../../support/demoShop.ts';
import { createFakeClock, settle } from '../../support/fakeClock.ts';

const switches = { pace: 0, repeats: false, shuffles: false, losses: false, limits: false, outage: false, slow: false };
const body = statusUpdate({ apiKey: 'k', at: 1, waId: 'A', chat: 'c', status: 3, style: DOCUMENTED_STYLE });
const there: Destination = { url: 'http://127.0.0.1:9/w/x', enabled: true, events: ['messages.update'], secret: 's' };

function open(answer: typeof fetch) {
  const clock = createFakeClock(0);
  const courier = createCourier({
    clock,
    waits: createWaits(clock, 0.001),
    random: createRandom(1),
    switches: () => switches,
    fetch: answer,
    log: silentLog,
  });
  return { clock, courier };
}

/** Never answers; rejects when it is given up. */
const silence: typeof fetch = (_input, init) =>
  new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError'))));

describe('bringing webhooks', () => {
  it('has at most 16 on their way', async () => {
    let most = 0;
    let now = 0;
    const releases: (() => void)[] = [];
    const { courier } = open(async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => releases.push(resolve));
      now--;
      return new Response('');
    });
    for (let i = 0; i < 50; i++) courier.tell(() => there, body);
    while (releases.length > 0) {
      for (const release of releases.splice(0)) release();
      await settle();
    }
    expect(most).toBe(16);
    expect(courier.counts()).toMatchObject({ posted: 50, accepted: 50, open: 0 });
  });

  it('gives up after 10 s and does not try again', async () => {
    const { clock, courier } = open(silence);
    courier.tell(() => there, body);
    await clock.run(9900);
    expect(courier.counts()).toMatchObject({ posted: 1, unanswered: 0, open: 1 });
    await clock.run(60_000);
    expect(courier.counts()).toMatchObject({ posted: 1, unanswered: 1, open: 0 });
  });

  it('does not try again when it is refused', async () => {
    const { clock, courier } = open(async () => new Response('', { status: 503 }));
    courier.tell(() => there, body);
    await clock.run(60_000);
    expect(courier.counts()).toMatchObject({ posted: 1, refused: 1 });
  });

  it('posts nothing where nobody registered, or not for this event', async () => {
    const { clock, courier } = open(silence);
    courier.tell(() => ({ ...there, url: undefined }), body);
    courier.tell(() => ({ ...there, enabled: false }), body);
    courier.tell(() => ({ ...there, events: ['message.sent'] }), body);
    await clock.run(1000);
    expect(courier.counts()).toMatchObject({ told: 3, unwanted: 3, posted: 0 });
  });

  it('gives up what is on its way when it closes', async () => {
    const { courier } = open(silence);
    courier.tell(() => there, body);
    await settle();
    courier.close();
    await settle();
    expect(courier.counts()).toMatchObject({ unanswered: 1, open: 0 });
  });
});
