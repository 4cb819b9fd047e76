import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGE_EDGES_MS,
  ASSUMED,
  type Asked,
  learnSpacing,
  nextAsk,
  pressureOf,
  rateOf,
  type Situation,
} from '../../../../src/main/core/ingest/spacing.ts';
import type { WaitSample } from '../../../../src/main/core/ports/polls.ts';

const NOW = 1_770_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const row = (change: Partial<Asked> = {}): Asked => ({
  status: 'sent',
  joined: true,
  firstAt: NOW,
  statusAt: NOW,
  answeredAskAt: undefined,
  answers: 0,
  ...change,
});
const when = (change: Partial<Situation> = {}): Situation => ({
  now: NOW,
  plan: 'net',
  knowledge: ASSUMED,
  pressure: 0,
  perMinute: 60,
  random: 0.5,
  ...change,
});
const waitOf = (asked: Asked, situation: Situation): number => {
  const next = nextAsk(asked, situation);
  return 'dueAt' in next ? next.dueAt - situation.now : Number.POSITIVE_INFINITY;
};

describe('spacing', () => {
  it('asks soon about a message whose WhatsApp id is not known yet, in either plan', () => {
    for (const plan of ['net', 'fallback'] as const) {
      expect(waitOf(row({ joined: false }), when({ plan }))).toBe(3_000);
      expect(waitOf(row({ joined: false, status: 'queued', answeredAskAt: NOW, answers: 1 }), when({ plan }))).toBeLessThanOrEqual(5_000);
    }
  });

  it('stops asking under an id whose answers never name the message', () => {
    const stranger = row({ joined: false, answeredAskAt: NOW, answers: 3 });
    expect(nextAsk(stranger, when())).toEqual({ stop: 'not-found' });
    expect(nextAsk({ ...stranger, joined: true }, when())).not.toHaveProperty('stop', 'not-found');
    expect(nextAsk({ ...stranger, status: 'queued' }, when())).toHaveProperty('dueAt');
  });

  it('with webhooks live, waits until 95 of 100 like it have moved on', () => {
    const samples: WaitSample[] = Array.from({ length: 200 }, (_, i) => ({ status: 'sent', moreThanMs: (i + 1) * 1_000, atMostMs: (i + 1) * 1_000 }));
    const knowledge = learnSpacing(samples, { answered: 0, caught: 0 });
    expect(knowledge.longWaitMs.sent).toBe(191_000);
    expect(waitOf(row(), when({ knowledge }))).toBeGreaterThanOrEqual(191_000);
    expect(waitOf(row(), when({ knowledge }))).toBeLessThan(205_000);
  });

  it('with webhooks live, asks about what is never read a few times and then stops', () => {
    const unread = (answers: number) => row({ status: 'delivered', answers, answeredAskAt: NOW });
    expect([1, 2, 3].map((answers) => waitOf(unread(answers), when()))).toEqual([HOUR, 4 * HOUR, 24 * HOUR]);
    expect(nextAsk(unread(4), when())).toEqual({ stop: 'quiet' });
  });

  it('buys less insurance once it has proven useless', () => {
    const trusted = learnSpacing([], { answered: 100, caught: 1 });
    const doubted = learnSpacing([], { answered: 100, caught: 10 });
    const unread = row({ status: 'delivered', answers: 1, answeredAskAt: NOW });
    expect(nextAsk(unread, when({ knowledge: trusted }))).toEqual({ stop: 'quiet' });
    expect(waitOf(unread, when({ knowledge: doubted }))).toBe(HOUR);
  });

  it('without webhooks, asks young messages often and old ones rarely, in proportion to 1/√λ', () => {
    const crowd = AGE_EDGES_MS.map((fromMs) => ({ status: 'delivered' as const, fromMs, messages: 1_000 }));
    const situation = when({ plan: 'fallback', pressure: pressureOf(ASSUMED, crowd) });
    fc.assert(
      fc.property(fc.nat(20 * 24 * 60), fc.nat(20 * 24 * 60), (a, b) => {
        const [young, old] = [Math.min(a, b) * 500, Math.max(a, b) * 500];
        const wait = (age: number) => waitOf(row({ status: 'delivered', statusAt: NOW - age, answers: 3 }), situation);
        expect(wait(young)).toBeLessThanOrEqual(wait(old));
        const rate = (age: number) => rateOf(ASSUMED, 'delivered', age);
        if (wait(old) < 23 * HOUR) expect(wait(old) / wait(young)).toBeCloseTo(Math.sqrt(rate(young) / rate(old)), 1);
      }),
    );
  });

  it('without webhooks, plans no more questions than the limit allows', () => {
    const crowd = AGE_EDGES_MS.flatMap((fromMs) => (['sent', 'delivered'] as const).map((status) => ({ status, fromMs, messages: 200 })));
    const situation = when({ plan: 'fallback', perMinute: 57, pressure: pressureOf(ASSUMED, crowd) });
    const perMinute = crowd.reduce(
      (sum, { status, fromMs, messages }) => sum + (messages * MINUTE) / waitOf(row({ status, statusAt: NOW - fromMs, answers: 1 }), situation),
      0,
    );
    expect(perMinute).toBeLessThanOrEqual(57 * 1.02);
    expect(perMinute).toBeGreaterThan(57 * 0.8);
  });

  it('never asks about what can rise no further, and gives up on the hopeless', () => {
    for (const plan of ['net', 'fallback'] as const) {
      expect(nextAsk(row({ status: 'read' }), when({ plan }))).toEqual({ stop: 'final' });
      expect(nextAsk(row({ status: 'failed', answers: 3 }), when({ plan }))).toEqual({ stop: 'final' });
      expect(nextAsk(row({ status: 'delivered', answeredAskAt: NOW, statusAt: NOW - 15 * 24 * HOUR }), when({ plan }))).toEqual({ stop: 'quiet' });
    }
  });

  it('learns from waits that go on as well as from those that ended', () => {
    const unread: WaitSample[] = Array.from({ length: 500 }, () => ({ status: 'delivered', moreThanMs: HOUR, atMostMs: undefined }));
    const knowledge = learnSpacing(unread, { answered: 0, caught: 0 });
    expect(rateOf(knowledge, 'delivered', 30 * MINUTE)).toBeLessThan(rateOf(ASSUMED, 'delivered', 30 * MINUTE));
  });
});
