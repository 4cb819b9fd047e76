import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, tickLine } from '../../src/renderer/src/ui/tickLine.ts';
import type { MessageRow, Step } from '../../src/shared/contract/views.ts';
import { aMessage, between, stated } from '../support/aMessage.ts';

const T = Date.UTC(2026, 10, 2, 10, 41, 2);
const node = (row: MessageRow, step: string, now = T + 60_000) => tickLine(row, now).nodes.find((one) => one.step === step);

describe('the scale', () => {
  it('puts one second, one minute, one hour and one day at the same places in every row', () => {
    const places = [1000, 60_000, 3_600_000, 86_400_000].map(placeOf);
    for (const offset of [0, 5_000_000]) {
      const row = aMessage('m1', T + offset, {
        steps: {
          queued: stated(T + offset),
          sent: stated(T + offset + 1000),
          delivered: stated(T + offset + 60_000),
          read: stated(T + offset + 3_600_000),
        },
      });
      const line = tickLine(row, T + offset + 7_200_000);
      expect(line.nodes.slice(1).map((one) => one.at)).toEqual(places.slice(0, 3));
    }
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('never runs backwards and never leaves the line', () => {
    fc.assert(
      fc.property(fc.nat(400_000_000), fc.nat(400_000_000), (a, b) => {
        const [near, far] = [Math.min(a, b), Math.max(a, b)];
        return placeOf(near) <= placeOf(far) && placeOf(near) >= 0 && placeOf(far) <= 100;
      }),
    );
  });
});

describe('the nodes', () => {
  it('are filled for what is known and hollow for what is waited for', () => {
    const line = tickLine(aMessage('m1', T, { steps: { queued: stated(T), sent: stated(T + 900) } }), T + 5000);
    expect(line.nodes.map((one) => [one.step, one.form])).toEqual([
      ['queued', 'known'],
      ['sent', 'known'],
      ['delivered', 'open'],
      ['read', 'open'],
    ]);
  });

  it('stand as a hollow span where a step lies between two answers', () => {
    const row = aMessage('m1', T, { steps: { queued: stated(T), sent: stated(T + 1000), delivered: between(T + 148_000, T + 169_000) } });
    const span = node(row, 'delivered', T + 200_000);
    expect(span?.form).toBe('span');
    expect(span?.at).toBeCloseTo(placeOf(169_000));
    expect(span?.from).toBeLessThan(placeOf(148_000) + 0.01);
  });

  it('never draw an open step earlier than now', () => {
    const row = aMessage('m1', T, { steps: { queued: stated(T), sent: stated(T + 1000) } });
    const hour = 3_600_000;
    expect(node(row, 'delivered', T + hour)?.at).toBeGreaterThanOrEqual(placeOf(hour));
  });

  it('end with a failure: nothing is waited for any more', () => {
    const row = aMessage('m1', T, { status: 'failed', steps: { queued: stated(T), failed: stated(T + 2000) } });
    const line = tickLine(row, T + 9000);
    expect(line.nodes.map((one) => one.step)).toEqual(['queued', 'failed']);
    expect(line.runs.map((one) => one.tone)).toEqual(['failed']);
  });

  it('leave out a failure that a real delivery has overtaken', () => {
    const row = aMessage('m1', T, { status: 'delivered', steps: { queued: stated(T), failed: stated(T + 2000), delivered: stated(T + 4000) } });
    expect(tickLine(row, T + 9000).nodes.some((one) => one.step === 'failed')).toBe(false);
  });

  it('show no delivery that nobody told us about', () => {
    const row = aMessage('m1', T, { status: 'read', steps: { queued: stated(T), read: stated(T + 60_000) } });
    const line = tickLine(row, T + 90_000);
    expect(line.nodes.map((one) => one.step)).toEqual(['queued', 'read']);
    expect(line.words).toContain('when it was delivered is not known');
  });

  it('keep their order, do not hide each other and stay on the line, whatever the times', () => {
    const step = (at: number): fc.Arbitrary<Step> =>
      fc.oneof(
        fc.constant(stated(at)),
        fc.nat(at - T).map((back) => between(at - back, at)),
      );
    const lives = fc
      .tuple(fc.nat(5000), fc.nat(300_000_000), fc.nat(300_000_000))
      .chain(([a, b, c]) => fc.tuple(step(T + a), step(T + a + b), step(T + a + b + c)));
    fc.assert(
      fc.property(lives, ([sent, delivered, read]) => {
        const line = tickLine(aMessage('m1', T, { status: 'read', steps: { queued: stated(T), sent, delivered, read } }), read.at + 1000);
        const ends = line.nodes.map((one) => one.at);
        expect(line.nodes.map((one) => one.step)).toEqual(['queued', 'sent', 'delivered', 'read']);
        for (const [index, at] of ends.entries()) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(100);
          if (index > 0) expect(at - (ends[index - 1] ?? 0)).toBeGreaterThan(2);
        }
      }),
    );
  });
});

describe('the stroke', () => {
  it('is plain to delivered and blue to read', () => {
    const row = aMessage('m1', T, { steps: { queued: stated(T), sent: stated(T + 1000), delivered: stated(T + 9000), read: stated(T + 90_000) } });
    expect(tickLine(row, T + 99_000).runs.map((one) => one.tone)).toEqual(['plain', 'plain', 'read']);
  });

  it('fades with the share of a group that has read', () => {
    const group = (read: number) =>
      aMessage('m1', T, {
        kind: 'group',
        status: 'delivered',
        group: { status: 'delivered', people: 12, delivered: 12, read, played: 0, failed: 0 },
        steps: { queued: stated(T), sent: stated(T + 1000), delivered: stated(T + 40_000) },
      });
    const strength = (read: number) => tickLine(group(read), T + 900_000).runs.find((one) => one.tone === 'read')?.strength ?? 0;
    expect(strength(0)).toBe(0);
    expect(strength(3)).toBeLessThan(strength(9));
    expect(strength(9)).toBeLessThan(1);
  });

  it('is hatched where nobody was listening, until now while that lasts', () => {
    const row = aMessage('m1', T, { steps: { queued: stated(T), sent: stated(T + 1000) }, gaps: [{ from: T + 8000, to: null }] });
    const [early] = tickLine(row, T + 60_000).gaps;
    const [late] = tickLine(row, T + 3_600_000).gaps;
    expect(early?.from).toBeCloseTo(placeOf(8000));
    expect(late?.to).toBeGreaterThan(early?.to ?? 100);
  });
});

describe('the words', () => {
  it('tell the same life to those who do not see the line', () => {
    const row = aMessage('m1', T, {
      status: 'read',
      steps: { queued: stated(T), sent: stated(T + 1000), delivered: between(T + 148_000, T + 169_000), read: stated(T + 676_000) },
      gaps: [{ from: T + 8000, to: T + 148_000 }],
    });
    const { words } = tickLine(row, T + 800_000);
    expect(words).toMatch(
      /^Queued at .*, sent after 1 s, delivered between 2 min 28 s and 2 min 49 s, read after 11 min 16 s, not listening from .* to .*\.$/,
    );
  });
});
