import { describe, expect, it } from 'vitest';
import { freshnessWords, loadWords, placeOf } from '../../src/renderer/src/health/freshnessWords.ts';
import type { AccountFreshness } from '../../src/shared/contract/freshness.ts';
import { someFreshness } from '../support/fakeAnswers.ts';

const [account] = someFreshness(0).accounts as [AccountFreshness];
const silent: AccountFreshness = { ...account, doors: [], heard: 0, onlyAsked: 0 };

describe('the answer to how fresh things are', () => {
  it('says how soon webhooks told, what only asking found, and what that cost beside a loop', () => {
    expect(freshnessWords(account)).toEqual([
      'Of what webhooks told, half was here within 0.4 s of happening, and 95 of 100 within 2.9 s.',
      '19 statuses of 1,206 (1.6%) no webhook told; asking found them.',
      'Asking took 226 requests; a loop that asks about every open message each half minute would have made 48,220.',
    ]);
  });

  it('claims nothing of webhooks where none told anything, and nothing at all before there is news', () => {
    expect(freshnessWords({ ...account, doors: account.doors.slice(1) })[0]).toMatch(/^19 statuses/);
    expect(freshnessWords({ ...account, onlyAsked: 0 })[1]).toBe('Nothing had to be found by asking.');
    expect(freshnessWords(silent)).toEqual([expect.stringMatching(/^Nothing was told yet/)]);
  });

  it('says of refusals that they came, and invents no loop where nothing was open', () => {
    const requests = { ...account.requests, refused: 2, loop: 0 };
    expect(freshnessWords({ ...account, requests })[2]).toBe('Asking took 226 requests. 2 answers told us to wait.');
  });
});

it('says what Tickline takes of the computer, and no share before the first minute is over', () => {
  const { load } = someFreshness(0);
  expect(loadWords(load)).toBe('In the last hour Tickline took 0.4% of one processor core and at most 126 MB of memory.');
  expect(loadWords({ ...load, cpu: null, minutes: 0 })).toBe('Tickline takes 126 MB of memory.');
});

it('places durations on a logarithmic scale from 10 ms to a day', () => {
  expect([0, 10, 86_400_000, 1e12].map(placeOf)).toEqual([0, 0, 1, 1]);
  expect(placeOf(60_000) - placeOf(1_000)).toBeCloseTo(placeOf(3_600_000) - placeOf(60_000), 6);
});
