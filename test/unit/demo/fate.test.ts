import { describe, expect, it } from 'vitest';
import { planFate, planPhone } from '../../../src/main/demo/fate.ts';
import { addressInGroup, inventGroups, inventPeople } from '../../../src/main/demo/people.ts';
import { createRandom } from '../../../src/main/demo/random.ts';

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe('what becomes of messages', () => {
  const random = createRandom(11);
  const fates = Array.from({ length: 5000 }, (_, index) => planFate(random.fork(index), false));

  it('keeps the waits believable', () => {
    for (const { sent } of fates) expect(sent >= 300 && sent <= 1000).toBe(true);
    const delivered = median(fates.flatMap((fate) => fate.delivered ?? []));
    expect(delivered).toBeGreaterThan(1200);
    expect(delivered).toBeLessThan(1900);
    const read = median(fates.flatMap((fate) => fate.read ?? []));
    expect(read).toBeGreaterThan(17_000);
    expect(read).toBeLessThan(23_000);
  });

  it('leaves one in four unread and lets three in a hundred fail', () => {
    const share = (count: number) => count / fates.length;
    expect(share(fates.filter((fate) => fate.delivered !== undefined && fate.read === undefined).length)).toBeCloseTo(0.24, 1);
    expect(share(fates.filter((fate) => fate.failure !== undefined).length)).toBeCloseTo(0.03, 1.5);
    for (const fate of fates) if (fate.failure !== undefined) expect(fate.delivered).toBeUndefined();
  });

  it('plays only voice messages', () => {
    expect(fates.every((fate) => fate.played === undefined)).toBe(true);
    expect(Array.from({ length: 50 }, () => planPhone(random, true)).some((fate) => fate.played !== undefined)).toBe(true);
  });
});

describe('the invented customers', () => {
  const random = createRandom(12);
  const people = inventPeople(random, 120);

  it('have numbers of their own, all from ranges kept free for drama', () => {
    expect(new Set(people.map((person) => person.phone)).size).toBe(120);
    for (const { phone } of people) expect(phone).toMatch(/^\+(1\d{3}55501\d{2}|447700900\d{3}|3363998\d{4}|467017406(0[5-9]|[1-9]\d))$/);
    expect(new Set(people.map((person) => person.lid)).size).toBe(120);
  });

  it('meet in groups of 5 to 12, some of them behind a LID', () => {
    const groups = inventGroups(random, people);
    for (const group of groups) {
      expect(group.jid).toMatch(/^\d+@g\.us$/);
      expect(group.people.length).toBeGreaterThanOrEqual(5);
      expect(group.people.length).toBeLessThanOrEqual(12);
    }
    expect(people.some((person) => addressInGroup(person).endsWith('@lid'))).toBe(true);
  });
});
