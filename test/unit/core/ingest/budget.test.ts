import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BudgetUse, createBudget } from '../../../../src/main/core/ingest/budget.ts';

const START = 1_770_000_000_000;
const MINUTE = 60_000;

/** Takes whatever is granted for `ms`, asking again exactly when told to; gives the moments of the grants. */
function drain(budget: ReturnType<typeof createBudget>, from: number, ms: number, use: BudgetUse = 'background'): number[] {
  const grants: number[] = [];
  for (let now = from; now < from + ms; ) {
    const grant = budget.take(now, use);
    if (grant.ok) grants.push(now);
    else now += grant.waitMs;
  }
  return grants;
}

function mostInAMinute(grants: readonly number[]): number {
  return Math.max(0, ...grants.map((end) => grants.filter((at) => at > end - MINUTE && at <= end).length));
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), use: fc.constantFrom<BudgetUse>('background', 'interactive') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rush' as const),
      use: fc.constantFrom<BudgetUse>('background', 'interactive'),
      times: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 70_000 })) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('learn' as const),
      perMinute: fc.option(fc.integer({ min: -1, max: 40 }), { nil: undefined }),
      remaining: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
      reset: fc.option(fc.integer({ min: -5_000, max: 90_000 }), { nil: undefined }),
      wait: fc.option(fc.integer({ min: -1_000, max: 90_000 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

describe('budget', () => {
  it('never exceeds the learned limit in any minute, nor comes back early, whatever is learned and whenever it restarts', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let now = START;
        let budget = createBudget(undefined, now);
        let limit = 60;
        let waitUntil = 0;
        let allowance = { left: Number.POSITIVE_INFINITY, until: 0 };
        const grants: number[] = [];
        for (const act of steps) {
          if (act.kind === 'pass') now += act.ms;
          else if (act.kind === 'restart') budget = createBudget(budget.save(), now);
          else if (act.kind === 'learn') {
            const { perMinute, remaining, wait, reset } = act;
            budget.learn({
              at: now,
              perMinute,
              remaining,
              resetAt: reset === undefined ? undefined : now + reset,
              waitUntil: wait === undefined ? undefined : now + wait,
            });
            if (perMinute !== undefined && perMinute >= 1) limit = perMinute;
            if (wait !== undefined) waitUntil = Math.max(waitUntil, now + wait);
            if (remaining !== undefined) allowance = { left: remaining, until: reset !== undefined && reset > 0 ? now + reset : now + MINUTE };
          } else {
            // A rush waits exactly as long as it is told to, which is where an early window would show.
            for (let i = 0; i < (act.kind === 'rush' ? act.times : 1); i++) {
              const grant = budget.take(now, act.use);
              if (!grant.ok) {
                if (act.kind === 'rush') now += grant.waitMs;
                continue;
              }
              grants.push(now);
              expect(now).toBeGreaterThanOrEqual(waitUntil);
              expect(grants.filter((at) => at > now - MINUTE).length).toBeLessThanOrEqual(limit);
              if (now < allowance.until) expect(--allowance.left).toBeGreaterThanOrEqual(0);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('asks once a second while nothing is learned', () => {
    const grants = drain(createBudget(undefined, START), START, 30_000);
    expect(grants.length).toBeGreaterThanOrEqual(29);
    expect(Math.min(...grants.slice(1).map((at, i) => at - (grants[i] ?? 0)))).toBeGreaterThanOrEqual(999);
  });

  it('does not double its burst when the provider starts a new window', () => {
    const budget = createBudget(undefined, START);
    budget.learn({ at: START, perMinute: 30, remaining: 30, resetAt: START + 5_000 });
    const before = drain(budget, START, 5_000, 'interactive');
    budget.learn({ at: START + 5_000, perMinute: 30, remaining: 30, resetAt: START + 65_000 });
    const after = drain(budget, START + 5_000, 55_000, 'interactive');
    expect(mostInAMinute([...before, ...after])).toBeLessThanOrEqual(30);
  });

  it.each([20, 60, 256])('loses little of a limit of %i a minute to caution', (perMinute) => {
    const budget = createBudget(undefined, START);
    budget.learn({ at: START, perMinute });
    const grants = drain(budget, START, 20 * MINUTE);
    expect(mostInAMinute(grants)).toBeLessThanOrEqual(perMinute);
    expect(grants.length).toBeGreaterThanOrEqual((perMinute * 20) / 1.15);
  });

  it('keeps a fifth for people while they are about, and lets them go first', () => {
    const budget = createBudget(undefined, START);
    budget.learn({ at: START, perMinute: 50 });
    expect(budget.take(START, 'interactive').ok).toBe(true);
    expect(budget.view(START).backgroundPerMinute).toBe(40);
    const grants = drain(budget, START, MINUTE);
    expect(grants.length).toBeLessThanOrEqual(40);
    expect(drain(budget, START + 59_000, 100, 'interactive').length).toBeGreaterThanOrEqual(9);
  });

  it('still asks at one request a minute', () => {
    const budget = createBudget(undefined, START);
    budget.learn({ at: START, perMinute: 1 });
    expect(drain(budget, START, 5 * MINUTE).length).toBeGreaterThanOrEqual(4);
  });

  it('stays away as told after a restart, and remembers what it spent', () => {
    const before = createBudget(undefined, START);
    before.learn({ at: START, perMinute: 5, waitUntil: START + 20_000 });
    const after = createBudget(before.save(), START + 1_000);
    expect(after.take(START + 1_000, 'interactive')).toEqual({ ok: false, waitMs: 19_000 });
    expect(drain(after, START + 20_000, 1_000, 'interactive')).toHaveLength(5);
    const again = createBudget(after.save(), START + 22_000);
    expect(again.take(START + 22_000, 'interactive').ok).toBe(false);
    expect(again.view(START + 22_000)).toMatchObject({ perMinute: 5, learned: true, usedLastMinute: 5 });
  });

  it('obeys what the provider counted, which also knows the requests of other programs', () => {
    const budget = createBudget(undefined, START);
    budget.learn({ at: START, perMinute: 100, remaining: 0, resetAt: START + 30_000 });
    expect(budget.take(START + 1_000, 'interactive')).toEqual({ ok: false, waitMs: 29_000 });
    expect(budget.take(START + 30_000, 'interactive').ok).toBe(true);
  });

  it('neither blocks nor bursts when the clock is set back an hour', () => {
    const budget = createBudget(undefined, START);
    budget.learn({ at: START, perMinute: 10 });
    expect(drain(budget, START, 1_000, 'interactive')).toHaveLength(10);
    const back = START - 3_600_000;
    expect(budget.take(back, 'interactive').ok).toBe(false);
    expect(drain(budget, back, 62_000, 'interactive').length).toBeGreaterThanOrEqual(10);
  });

  it('takes unreadable notes for none', () => {
    for (const notes of ['', 'null', '{"slots":3}', '{"slots":[["a",1],[1]],"perMinute":"x"}', '[]']) {
      expect(createBudget(notes, START).take(START).ok).toBe(true);
    }
  });
});
