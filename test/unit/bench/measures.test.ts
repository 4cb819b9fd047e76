/** What the benchmarks measure with, against cases that can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { TrueMessage } from '../../../src/main/demo/index.ts';
import { bestGain, loopOver, MINUTE, mostInAMinute, type Sent, thirtySecondLoop, uniformLoop } from '../../bench/parts/economy.ts';
import { stormOrder } from '../../bench/parts/storm.ts';
import { createRecord, providerName, waName } from '../../compare/record.ts';
import { score } from '../../compare/score.ts';

const life = (queued: number, delivered: number, read?: number): Sent => ({
  queued,
  sent: queued,
  delivered,
  ...(read === undefined ? {} : { read }),
});

describe('loops', () => {
  it('ask every open message in turn, learn a step at the next question about it, and leave alone what was read', () => {
    const lives = new Map([
      ['a', life(0, 500, 1_500)],
      ['b', life(0, 2_500)],
    ]);
    // One question a second: a at 1, b at 2, a at 3 (read: no more), then b for ever.
    const looped = loopOver(lives, 0, 10_000, { gap: 1_000, atLeast: 0 });
    expect(looped).toMatchObject({ requests: 10, learned: 3, mean: (500 + 1_500 + 1_500) / 3 });
  });

  it('of thirty seconds ask each message twice a minute where the limit allows, and as often as it allows where not', () => {
    const many = (count: number) => new Map(Array.from({ length: count }, (_, i) => [`${i}`, life(0, 1e9)] as const));
    expect(thirtySecondLoop(many(10), 0, 60 * MINUTE, 256).requests).toBeCloseTo(10 * 120, -2);
    expect(thirtySecondLoop(many(5_000), 0, 60 * MINUTE, 256).requests).toBeCloseTo(60 * 256, -2);
    expect(uniformLoop(many(50), 0, 60 * MINUTE, 777).requests).toBeGreaterThanOrEqual(776);
  });

  it('with even rates cannot be bettered, and with one young among 19 old ones can by what the formula says', () => {
    const lives = new Map(Array.from({ length: 20 }, (_, i) => [`${i}`, life(0, i === 0 ? 1e9 : 0)] as const));
    const even = { lives, toDeliver: () => 1e-3, toRead: () => 1e-3 };
    expect(bestGain(even, 0, 10 * MINUTE)).toBeCloseTo(1, 9);
    const uneven = { lives, toDeliver: () => 1 / 20_000, toRead: () => 1 / 21_600_000 };
    // The worked example of the plan: 5 % young at 20 s, 95 % old at 6 h.
    expect(bestGain(uneven, 0, 10 * MINUTE)).toBeCloseTo(8.2, 0);
  });

  it('are never said to make more requests in a minute than they do', () => {
    expect(mostInAMinute([0, 1, 2, 60_000, 60_001, 60_002, 60_003])).toBe(4);
    expect(mostInAMinute([0, 59_999])).toBe(2);
    expect(mostInAMinute([0, 60_000])).toBe(1);
  });
});

describe('a storm', () => {
  it('holds every status once and repeats for the rest, a tenth of them late', () => {
    const order = stormOrder({ requests: 5_000, repeats: 0.3, late: 0.1, seed: 4 });
    expect(order).toHaveLength(5_000);
    expect(new Set(order).size).toBe(3_500);
    const firsts = [...new Set(order)];
    const outOfOrder = firsts.filter((n, i) => n < Math.max(-1, ...firsts.slice(Math.max(0, i - 600), i))).length;
    expect(outOfOrder).toBeGreaterThan(100);
  });

  it('without repeats is every status in its order', () => {
    expect(stormOrder({ requests: 100, repeats: 0, late: 0, seed: 4 })).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe('the score of a contestant', () => {
  const message = (part: Partial<TrueMessage>): TrueMessage => ({
    session: 1,
    msgId: 7,
    waId: 'W7',
    origin: 'api',
    chat: '15550002222@s.whatsapp.net',
    to: '+15550002222',
    text: '',
    voice: false,
    steps: {},
    failure: undefined,
    people: [],
    ...part,
  });

  it('counts what was learned late as late, what a higher status implies as learned, and the rest as missed', () => {
    const record = createRecord();
    record.note(waName('W7'), 'sent', 1_200);
    record.note(waName('W7'), 'read', 9_000);
    const truth = [message({ steps: { queued: 0, sent: 1_000, delivered: 2_000, read: 5_000 } })];
    expect(score(truth, record.known, 20_000)).toEqual({
      messages: 1,
      statuses: 3,
      missed: 0,
      latency: { median: 4_000, p95: 7_000, max: 7_000 },
      // 1.0 to 1.2 s, then 2 to 9 s.
      staleness: 7_200,
    });
    expect(score(truth, new Map(), 20_000)).toMatchObject({ missed: 3, staleness: 19_000 });
  });

  it('takes a failure for what it is, by whichever id it was learned, and passes over groups and what was typed on the phone', () => {
    const record = createRecord();
    record.note(providerName(7), 'failed', 3_000);
    const truth = [
      message({ waId: undefined, steps: { queued: 0, failed: 1_000 } }),
      message({ origin: 'phone', msgId: undefined, steps: { sent: 1 } }),
      message({ people: [{ name: '', phone: '', address: '', steps: {} }], steps: { sent: 1 } }),
    ];
    expect(score(truth, record.known, 20_000)).toMatchObject({ messages: 1, statuses: 1, missed: 0, staleness: 2_000 });
  });
});
