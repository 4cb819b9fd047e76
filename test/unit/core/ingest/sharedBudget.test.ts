import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/main/core/domain/ids.ts';
import type { Budget } from '../../../../src/main/core/ingest/budget.ts';
import { createBudgetPools } from '../../../../src/main/core/ingest/sharedBudget.ts';

const LIMIT = 60;
const START = 1_770_000_000_000;

function members(count: number, keyOf: (i: number) => string = () => 'one owner'): readonly Budget[] {
  const pools = createBudgetPools();
  return Array.from({ length: count }, (_, i) => pools.member(`acc_${i}` as AccountId, () => keyOf(i), undefined, START));
}

/** Each tries whenever it was told to come back, in one order; gives when each was granted. */
function contend(all: readonly Budget[], forMs: number, wants: (i: number, at: number) => boolean): number[][] {
  const granted: number[][] = all.map(() => []);
  const again = all.map(() => START);
  all[0]?.learn({ at: START, perMinute: LIMIT });
  for (let now = START; now < START + forMs; now += 50) {
    all.forEach((budget, i) => {
      if (now < (again[i] ?? 0) || !wants(i, now)) return;
      const grant = budget.take(now);
      if (grant.ok) granted[i]?.push(now);
      again[i] = now + (grant.ok ? 0 : grant.waitMs);
    });
  }
  return granted;
}

function jain(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum ** 2 / (counts.length * counts.reduce((total, count) => total + count ** 2, 0));
}

describe('a budget that several sessions share', () => {
  it('never gives more than the limit to all of them together, and the same to each', () => {
    const granted = contend(members(5), 10 * 60_000, () => true);
    const all = granted.flat().sort((a, b) => a - b);
    for (const [i, at] of all.entries()) expect((all[i + LIMIT] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThanOrEqual(60_000);
    expect(all.length).toBeGreaterThan(10 * LIMIT * 0.9);
    expect(jain(granted.map((each) => each.length))).toBeGreaterThanOrEqual(0.99);
  });

  it('gives what others do not want to whoever does', () => {
    const granted = contend(members(5), 10 * 60_000, (i) => i === 3);
    expect(granted[3]?.length).toBeGreaterThan(10 * LIMIT * 0.9);
  });

  it('lets nobody save up by wanting nothing for a while', () => {
    const granted = contend(members(2), 20 * 60_000, (i, at) => i === 0 || at > START + 10 * 60_000);
    const late = granted.map((each) => each.filter((at) => at > START + 11 * 60_000).length);
    expect(jain(late)).toBeGreaterThanOrEqual(0.99);
  });

  it('counts owners apart, and follows an account that changes its token', () => {
    let token = 'a';
    const pools = createBudgetPools();
    const mine = pools.member('acc_1' as AccountId, () => token, undefined, START);
    const theirs = pools.member('acc_2' as AccountId, () => 'b', undefined, START);
    mine.learn({ at: START, perMinute: 2 });
    expect(mine.view(START).perMinute).toBe(2);
    expect(theirs.view(START).perMinute).toBe(60);
    token = 'b';
    expect(mine.view(START).perMinute).toBe(60);
  });

  it('goes on with what it had learned and spent when the token is replaced', () => {
    let token = 'old';
    const mine = createBudgetPools().member('acc_1' as AccountId, () => token, undefined, START);
    mine.learn({ at: START, perMinute: 10 });
    for (let i = 0; i < 10; i++) expect(mine.take(START + i, 'interactive').ok).toBe(true);
    token = 'new';
    expect(mine.view(START + 100)).toMatchObject({ perMinute: 10, usedLastMinute: 10 });
    expect(mine.take(START + 100, 'interactive').ok).toBe(false);
    mine.learn({ at: START + 200, waitUntil: START + 600_000 });
    token = 'newer';
    expect(mine.view(START + 300).waitUntil).toBe(START + 600_000);
    token = 'old';
    expect(mine.take(START + 400_000, 'interactive').ok).toBe(false);
  });

  it('remembers over a restart what the others had asked', () => {
    const before = createBudgetPools();
    const a = before.member('acc_1' as AccountId, () => 'k', undefined, START);
    const b = before.member('acc_2' as AccountId, () => 'k', undefined, START);
    a.learn({ at: START, perMinute: 10 });
    const savedEarly = b.save();
    for (let i = 0; i < 10; i++) expect(a.take(START + i, 'interactive').ok).toBe(true);
    const after = createBudgetPools();
    const later = after.member('acc_2' as AccountId, () => 'k', savedEarly, START + 100);
    after.member('acc_1' as AccountId, () => 'k', a.save(), START + 100);
    expect(later.take(START + 100, 'interactive').ok).toBe(false);
  });
});
