import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/main/core/domain/ids.ts';
import type { Source } from '../../../../src/main/core/domain/receipt.ts';
import { isShownOver, SAID, type Said, type Status } from '../../../../src/main/core/domain/status.ts';
import { confirmationOf, impossible, isConfirmed, mayTriggerOutside } from '../../../../src/main/core/domain/trust.ts';
import { createBurstWatch } from '../../../../src/main/core/ingest/burst.ts';

const NOON = 1_770_000_000_000;

describe('a status', () => {
  it('is confirmed by what an answer of ours said of it or of a higher one, never by a webhook that a password proves, in any order', () => {
    const told = fc.array(
      fc.record({ said: fc.constantFrom<Said>(...SAID), source: fc.constantFrom<Source>('webhook', 'poll', 'send', 'import', 'track') }),
    );
    fc.assert(
      fc.property(
        told.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          const known = confirmationOf(list, 'password');
          expect(confirmationOf(shuffled, 'password')).toEqual(known);
          const answers = list.filter(({ said, source }) => source !== 'webhook' && said !== 'deleted').map(({ said }) => said as Status);
          const highest = answers.toSorted((a, b) => (isShownOver(a, b) ? -1 : 1))[0] ?? null;
          expect(known.confirmed).toBe(highest);
          for (const status of ['queued', 'sent', 'failed', 'delivered', 'read', 'played'] as const)
            expect(mayTriggerOutside({ status, confirmed: known.confirmed })).toBe(
              answers.some((answer) => answer === status || isShownOver(answer, status)),
            );
        },
      ),
    );
    expect(isConfirmed({ status: 'read', ...confirmationOf([{ said: 'read', source: 'webhook' }], 'signature') })).toBe(true);
    expect(isConfirmed({ status: null, confirmed: null })).toBe(false);
  });
});

describe('a statement', () => {
  const receipt = { said: 'read', at: NOON, how: 'stated' } as const;
  const message = { kind: 'person', chat: '+15550002222', bornAt: NOON - 60_000 } as const;
  const known = { receivedAt: NOON, skewMs: 0, message };

  it('cannot be true when its time lies ahead by more than five minutes beyond what the clocks differ by', () => {
    expect(impossible({ ...receipt, at: NOON + 300_000 }, known)).toBeUndefined();
    expect(impossible({ ...receipt, at: NOON + 300_001 }, known)).toMatch(/^cannot be true: its time lies ahead/);
    expect(impossible({ ...receipt, at: NOON + 900_000 }, { ...known, skewMs: 600_000 })).toBeUndefined();
    expect(impossible({ ...receipt, at: NOON + 900_001 }, { ...known, skewMs: 600_000 })).toBeDefined();
    // our clock is not known to be right, so it may be ours that is wrong
    expect(impossible({ ...receipt, at: NOON + 9 * 3_600_000 }, { ...known, skewMs: undefined })).toBeUndefined();
    expect(impossible({ ...receipt, at: NOON + 300_001, how: 'arrival' }, known)).toBeUndefined();
  });

  it('cannot be true more than a day before its message was sent, or of a person to whom it was not sent', () => {
    expect(impossible({ ...receipt, at: NOON - 23 * 3_600_000 }, known)).toBeUndefined();
    expect(impossible({ ...receipt, at: NOON - 25 * 3_600_000 }, known)).toMatch(/before the message was sent/);
    expect(impossible({ ...receipt, person: '+447700900219' }, known)).toMatch(/somebody to whom the message was not sent/);
    // Brazil's ninth digit, a hidden address, a group, a chat not known yet
    expect(impossible({ ...receipt, person: '+5511987654321' }, { ...known, message: { ...message, chat: '+551187654321' } })).toBeUndefined();
    expect(impossible({ ...receipt, person: '98700000000001@lid' }, known)).toBeUndefined();
    expect(
      impossible({ ...receipt, person: '+447700900219' }, { ...known, message: { ...message, kind: 'group', chat: '1203@g.us' } }),
    ).toBeUndefined();
    expect(impossible({ ...receipt, person: '+447700900219' }, { ...known, message: { ...message, chat: null } })).toBeUndefined();
    expect(impossible({ ...receipt, at: 0 }, { ...known, message: undefined })).toBeUndefined();
  });
});

describe('a flood of unknown messages', () => {
  const shop = 'acc_0000000000000001' as AccountId;
  const flood = (usual: number) => {
    const bursts: unknown[] = [];
    const asked: number[] = [];
    const watch = createBurstWatch({
      usual(_account, before) {
        asked.push(before);
        return usual;
      },
      onBurst: (burst) => bursts.push(burst),
    });
    const minute = (at: number, messages: number) =>
      Array.from({ length: messages }, (_each, i) => watch.met(shop, at + i * 10)).filter(Boolean).length;
    return { bursts, asked, minute };
  };

  it('is told once an episode, and only the messages beyond the ordinary are marked', () => {
    const { bursts, minute } = flood(5);
    expect(minute(NOON, 900)).toBe(0);
    expect(minute(NOON + 60_000, 3_000)).toBe(2_001);
    expect(minute(NOON + 120_000, 3_000)).toBe(2_001);
    expect(bursts).toEqual([{ account: shop, inMinute: 1_000, usualInMinute: 100 }]);
    expect(minute(NOON + 3_600_000, 1_500)).toBe(501);
    expect(bursts).toHaveLength(2);
  });

  it('is none for an account that is used to as many', () => {
    const { bursts, minute } = flood(400);
    expect(minute(NOON, 3_999)).toBe(0);
    expect(minute(NOON + 60_000, 4_001)).toBe(2);
    expect(bursts).toHaveLength(1);
  });

  it('is looked for with one question a minute, however busy the minute', () => {
    const { asked, minute } = flood(400);
    minute(NOON, 900);
    expect(asked).toHaveLength(0);
    minute(NOON, 2_500);
    expect(asked).toHaveLength(1);
    minute(NOON + 60_000, 3_500);
    expect(asked).toHaveLength(2);
  });
});
