import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  EMPTY_LANE,
  groupSteps,
  hasReached,
  isKnownFate,
  joinLanes,
  LADDER,
  type Lane,
  rungOf,
  SAID,
  type Said,
  type Status,
  type Step,
  statusOf,
  summariseGroup,
} from '../../../../src/main/core/domain/status.ts';

const T = 1_770_000_000_000;
const STATES: readonly Status[] = [...LADDER, 'failed'];

/** A message that came this far, every step stated, ten seconds between two. */
function laneAt(status: Status): Lane {
  const said: readonly Said[] = status === 'failed' ? ['queued', 'sent', 'failed'] : LADDER.slice(0, LADDER.indexOf(status) + 1);
  return said.reduce<Lane>((lane, each, i) => advance(lane, each, { at: T + i * 10_000, how: 'stated' }), EMPTY_LANE);
}

/** What a message in the state of the row shows after it hears the state of the column: the rules, written out. */
const AFTER: Readonly<Record<Status, Readonly<Record<Status, Status>>>> = {
  queued: { queued: 'queued', sent: 'sent', delivered: 'delivered', read: 'read', played: 'played', failed: 'failed' },
  sent: { queued: 'sent', sent: 'sent', delivered: 'delivered', read: 'read', played: 'played', failed: 'failed' },
  delivered: { queued: 'delivered', sent: 'delivered', delivered: 'delivered', read: 'read', played: 'played', failed: 'delivered' },
  read: { queued: 'read', sent: 'read', delivered: 'read', read: 'read', played: 'played', failed: 'read' },
  played: { queued: 'played', sent: 'played', delivered: 'played', read: 'played', played: 'played', failed: 'played' },
  failed: { queued: 'failed', sent: 'failed', delivered: 'delivered', read: 'read', played: 'played', failed: 'failed' },
};

describe('the ladder', () => {
  for (const from of STATES) {
    for (const heard of STATES) {
      it(`a message that is ${from} and hears ${heard} is ${AFTER[from][heard]}`, () => {
        const before = laneAt(from);
        const after = advance(before, heard, { at: T + 99_000, how: 'stated' });
        expect(statusOf(after)).toBe(AFTER[from][heard]);
        for (const said of SAID) if (before[said] !== undefined) expect(after[said]).toEqual(before[said]);
      });
    }
  }

  it('a message that heard nothing shows what it hears first, and a deletion alone shows no status', () => {
    for (const heard of STATES) expect(statusOf(advance(EMPTY_LANE, heard, { at: T, how: 'stated' }))).toBe(heard);
    expect(statusOf(advance(EMPTY_LANE, 'deleted', { at: T, how: 'stated' }))).toBeUndefined();
    expect(statusOf(EMPTY_LANE)).toBeUndefined();
  });

  it('a deletion is a mark beside every status', () => {
    for (const from of STATES) expect(statusOf(advance(laneAt(from), 'deleted', { at: T, how: 'stated' }))).toBe(from);
  });

  it('a read without a delivery shows read and invents no delivery time', () => {
    const lane = advance(advance(EMPTY_LANE, 'sent', { at: T, how: 'stated' }), 'read', { at: T + 5, how: 'stated' });
    expect(statusOf(lane)).toBe('read');
    expect(lane.delivered).toBeUndefined();
  });

  it('a late lower receipt fills its own time and changes nothing else', () => {
    const read = advance(EMPTY_LANE, 'read', { at: T + 9, how: 'stated' });
    expect(advance(read, 'delivered', { at: T + 4, how: 'stated' })).toEqual({
      read: { at: T + 9, how: 'stated' },
      delivered: { at: T + 4, how: 'stated' },
    });
  });

  it('of two times for one step the earlier holds, whichever comes first', () => {
    const early: Step = { at: T, how: 'stated' };
    const late: Step = { at: T + 1, how: 'stated' };
    expect(advance({ read: late }, 'read', early).read).toEqual(early);
    expect(advance({ read: early }, 'read', late).read).toEqual(early);
  });

  it('a time that the provider states beats one that we only bounded, even an earlier one', () => {
    const stated: Step = { at: T + 60_000, how: 'stated' };
    for (const how of ['arrival', 'between'] as const) {
      expect(advance({ read: { at: T, how } }, 'read', stated).read).toEqual(stated);
      expect(advance({ read: stated }, 'read', { at: T, how }).read).toEqual(stated);
    }
  });

  it('of two polls that found the same, the one that bounds it more closely holds', () => {
    const wide: Step = { at: T + 9, how: 'between' };
    const close: Step = { at: T + 9, how: 'between', after: T + 5 };
    expect(advance({ read: wide }, 'read', close).read).toEqual(close);
    expect(advance({ read: close }, 'read', wide).read).toEqual(close);
  });

  it('gives back the very same lane when nothing was learned', () => {
    for (const state of STATES) {
      const lane = laneAt(state);
      for (const said of SAID) if (lane[said] !== undefined) expect(advance(lane, said, { ...lane[said] })).toBe(lane);
    }
    const lane = advance(EMPTY_LANE, 'failed', { at: T, how: 'stated', reason: 'not on WhatsApp' });
    expect(advance(lane, 'failed', { at: T + 1, how: 'arrival' })).toBe(lane);
  });

  it('a reason survives better evidence that comes without one', () => {
    const withReason: Step = { at: T + 9, how: 'between', reason: 'not on WhatsApp' };
    expect(advance({ failed: withReason }, 'failed', { at: T, how: 'stated' }).failed).toEqual({ at: T, how: 'stated', reason: 'not on WhatsApp' });
    expect(advance({ failed: { at: T, how: 'stated' } }, 'failed', withReason).failed).toEqual({ at: T, how: 'stated', reason: 'not on WhatsApp' });
  });

  it('knows what each status has reached and which of them are a fate', () => {
    expect(hasReached('delivered', 'sent')).toBe(true);
    expect(hasReached('sent', 'delivered')).toBe(false);
    expect(hasReached('failed', 'queued')).toBe(true);
    expect(hasReached('failed', 'sent')).toBe(false);
    expect(hasReached(undefined, 'queued')).toBe(false);
    expect(STATES.filter(isKnownFate)).toEqual(['delivered', 'read', 'played', 'failed']);
    expect(isKnownFate(undefined)).toBe(false);
  });
});

// few different values, so that equal times, equal reasons and ties are common
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ at: fc.integer({ min: T, max: T + 4 }), how: fc.constant('stated' as const) }),
  fc.record({ at: fc.integer({ min: T, max: T + 4 }), how: fc.constant('arrival' as const) }),
  fc.record(
    { at: fc.integer({ min: T, max: T + 4 }), how: fc.constant('between' as const), after: fc.integer({ min: T - 3, max: T }) },
    { requiredKeys: ['at', 'how'] },
  ),
);
type Evidence = { readonly said: Said; readonly step: Step };
const evidence: fc.Arbitrary<Evidence> = fc
  .tuple(fc.constantFrom(...SAID), step, fc.option(fc.constantFrom('blocked', 'not on WhatsApp', 'no credit'), { nil: undefined }))
  .map(([said, each, reason]) => ({ said, step: said === 'failed' && reason !== undefined ? { ...each, reason } : each }));
const life = fc.array(evidence, { minLength: 1, maxLength: 12 });
const listen = (heard: readonly Evidence[], from: Lane = EMPTY_LANE) => heard.reduce((lane, each) => advance(lane, each.said, each.step), from);
const lane = life.map((heard) => listen(heard));
const RANK: readonly (Status | undefined)[] = [undefined, 'queued', 'sent', 'failed', 'delivered', 'read', 'played'];

describe('a life heard in any order', () => {
  it('ends in the same lane and the same status, however it is shuffled and repeated', () => {
    fc.assert(
      fc.property(
        life.chain((heard) =>
          fc.tuple(
            fc.constant(heard),
            fc.shuffledSubarray(heard, { minLength: heard.length }),
            fc.array(fc.constantFrom(...heard), { maxLength: 12 }),
          ),
        ),
        ([heard, shuffled, again]) => {
          const once = listen(heard);
          const other = listen([...shuffled, ...again]);
          const third = listen([...again, ...shuffled]);
          expect(other).toEqual(once);
          expect(third).toEqual(once);
          expect(statusOf(other)).toBe(statusOf(once));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never falls in rank, whatever comes', () => {
    fc.assert(
      fc.property(life, (heard) => {
        let now: Lane = EMPTY_LANE;
        for (const each of heard) {
          const next = advance(now, each.said, each.step);
          expect(rungOf(next)).toBeGreaterThanOrEqual(rungOf(now));
          expect(RANK.indexOf(statusOf(next))).toBeGreaterThanOrEqual(RANK.indexOf(statusOf(now)));
          now = next;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('shows no step that nobody told of, and for each step told one of the times told', () => {
    fc.assert(
      fc.property(life, (heard) => {
        const known = listen(heard);
        for (const said of SAID) {
          const told = heard.filter((each) => each.said === said).map((each) => each.step);
          if (told.length === 0) expect(known[said]).toBeUndefined();
          else
            expect(told.map(({ at, how, after }) => ({ at, how, after }))).toContainEqual({
              at: known[said]?.at,
              how: known[said]?.how,
              after: known[said]?.after,
            });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('two halves of it can be joined in either order, in any grouping, and twice', () => {
    fc.assert(
      fc.property(lane, lane, lane, (a, b, c) => {
        expect(joinLanes(a, b)).toEqual(joinLanes(b, a));
        expect(joinLanes(joinLanes(a, b), c)).toEqual(joinLanes(a, joinLanes(b, c)));
        expect(joinLanes(a, a)).toBe(a);
        expect(joinLanes(a, EMPTY_LANE)).toBe(a);
        expect(joinLanes(EMPTY_LANE, a)).toEqual(a);
        expect(joinLanes(joinLanes(a, b), b)).toEqual(joinLanes(a, b));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a group message', () => {
  const has = (...said: readonly Said[]): Lane => listen(said.map((each, i) => ({ said: each, step: { at: T + i, how: 'stated' } })));

  it('says "read by 7 of 12" and has itself come as far as the last of them', () => {
    const people = [...Array<Lane>(7).fill(has('delivered', 'read')), ...Array<Lane>(5).fill(has('delivered'))];
    expect(summariseGroup(EMPTY_LANE, people, 12)).toEqual({ status: 'delivered', people: 12, delivered: 12, read: 7, played: 0, failed: 0 });
  });

  it('counts people never heard from as soon as the size of the group is told', () => {
    const people = Array<Lane>(7).fill(has('read'));
    expect(summariseGroup(EMPTY_LANE, people, 12)).toMatchObject({ status: 'sent', people: 12, delivered: 7, read: 7 });
    expect(summariseGroup(EMPTY_LANE, people, undefined)).toMatchObject({ status: 'read', people: 7 });
    // more people than the stated size: somebody joined since
    expect(summariseGroup(EMPTY_LANE, people, 3)).toMatchObject({ status: 'read', people: 7 });
  });

  it('is what was said of it as a whole while nobody in it is known', () => {
    expect(summariseGroup(has('queued', 'sent'), [], undefined)).toMatchObject({ status: 'sent', people: 0 });
    expect(summariseGroup(EMPTY_LANE, [], 12)).toMatchObject({ status: undefined, people: 12 });
    expect(groupSteps(has('queued', 'sent'), [], 12)).toEqual(has('queued', 'sent'));
  });

  it('has not failed while one of its people has it, and has failed when none can get it', () => {
    const failed = listen([{ said: 'failed', step: { at: T, how: 'stated', reason: 'blocked' } }]);
    expect(summariseGroup(EMPTY_LANE, [failed, has('delivered')], undefined)).toMatchObject({ status: 'sent', failed: 1, delivered: 1 });
    expect(summariseGroup(EMPTY_LANE, [failed, failed], undefined)).toMatchObject({ status: 'failed', failed: 2 });
    expect(groupSteps(EMPTY_LANE, [failed, failed], undefined).failed).toEqual({ at: T, how: 'stated', reason: 'blocked' });
  });

  it('is not called sent on the word of failures alone', () => {
    const failed = has('failed');
    expect(summariseGroup(EMPTY_LANE, [failed, failed], 5).status).toBeUndefined();
    expect(summariseGroup(has('queued'), [failed], 5).status).toBe('queued');
    expect(summariseGroup(EMPTY_LANE, [has('deleted')], 5).status).toBeUndefined();
  });

  it('has a time for a step only when everybody has one, and it is the latest', () => {
    const early = listen([{ said: 'delivered', step: { at: T, how: 'stated' } }]);
    const late = listen([{ said: 'delivered', step: { at: T + 9, how: 'arrival' } }]);
    expect(groupSteps(EMPTY_LANE, [early, late], 2).delivered).toEqual({ at: T + 9, how: 'arrival' });
    expect(groupSteps(EMPTY_LANE, [early, late], 3).delivered).toBeUndefined();
    expect(groupSteps(EMPTY_LANE, [early, has('read')], 2).delivered).toBeUndefined();
  });

  it('looks the same in whatever order its people became known', () => {
    fc.assert(
      fc.property(
        fc
          .array(lane, { minLength: 1, maxLength: 5 })
          .chain((people) => fc.tuple(fc.constant(people), fc.shuffledSubarray(people, { minLength: people.length }))),
        lane,
        fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
        ([people, shuffled], own, expected) => {
          expect(summariseGroup(own, shuffled, expected)).toEqual(summariseGroup(own, people, expected));
          expect(groupSteps(own, shuffled, expected)).toEqual(groupSteps(own, people, expected));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never says more of everybody than each of them was said to have reached', () => {
    fc.assert(
      fc.property(fc.array(lane, { minLength: 1, maxLength: 5 }), lane, (people, own) => {
        const { status } = summariseGroup(own, people, undefined);
        for (const rung of ['delivered', 'read', 'played'] as const)
          if (hasReached(status, rung)) expect(people.every((person) => hasReached(statusOf(person), rung))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
