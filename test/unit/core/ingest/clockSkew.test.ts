import { describe, expect, it } from 'vitest';
import { createClockSkew, skewWords } from '../../../../src/main/core/ingest/clockSkew.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';

describe("how far this computer's clock is off", () => {
  it("believes the provider's clock before that of whoever carries webhooks", () => {
    const clock = createFakeClock();
    const skew = createClockSkew({ clock, provider: 'WASenderApi' });
    expect(skew.ms()).toBeUndefined();
    skew.heard('tunnel', 4_000, clock.now());
    expect(skew.ms()).toBe(4_000);
    skew.heard('provider', 90_000, clock.now());
    skew.heard('tunnel', 5_000, clock.now());
    expect(skew.ms()).toBe(90_000);
  });

  it('passes over what cannot be, and what was measured before the clock was set', () => {
    const clock = createFakeClock();
    const skew = createClockSkew({ clock, provider: 'WASenderApi' });
    skew.heard('provider', Number.NaN, clock.now());
    skew.heard('provider', 1e15, clock.now());
    const before = clock.now();
    clock.jump(-3_600_000);
    skew.heard('provider', 0, before);
    expect(skew.ms()).toBeUndefined();
  });

  it('forgets when the clock is set, and after hours without news', () => {
    const clock = createFakeClock();
    const skew = createClockSkew({ clock, provider: 'WASenderApi' });
    skew.heard('provider', 600_000, clock.now());
    skew.forget();
    expect(skew.ms()).toBeUndefined();
    skew.heard('provider', 600_000, clock.now());
    clock.advance(6 * 3_600_000);
    expect(skew.ms()).toBeUndefined();
  });

  it('is worth a sentence from a minute on', () => {
    expect(skewWords(undefined, 'WASenderApi')).toBeUndefined();
    expect(skewWords(59_000, 'WASenderApi')).toBeUndefined();
    expect(skewWords(600_000, 'WASenderApi')).toMatch(/^This computer’s clock is 10 minutes behind the clock of WASenderApi\./);
    expect(skewWords(-61_000, 'WASenderApi')).toMatch(/a minute ahead of the clock of WASenderApi/);
    expect(skewWords(-7_200_000, 'WASenderApi')).toMatch(/2 hours ahead/);
  });
});
