import { describe, expect, it } from 'vitest';
import { headlineWords } from '../../src/renderer/src/live/headlineWords.ts';
import { parseRoute, routeHash } from '../../src/renderer/src/state/route.ts';
import { lifeOf } from '../../src/renderer/src/timeline/life.ts';
import { ageOf, lengthOf, timeRange } from '../../src/renderer/src/ui/format.ts';
import { fullRecipient, maskedRecipient } from '../../src/renderer/src/ui/phone.ts';
import { tickLine } from '../../src/renderer/src/ui/tickLine.ts';
import { stateWords } from '../../src/renderer/src/ui/words.ts';
import { aMessage, between, stated } from '../support/aMessage.ts';
import { aTimeline } from '../support/fakeAnswers.ts';

const T = new Date(2026, 10, 2, 10, 41, 2).getTime();

describe('numbers in lists', () => {
  it('never says or implies that a message was not read where reading cannot be seen', () => {
    const row = aMessage('m1', 1_770_000_000_000, { steps: { queued: stated(1), delivered: stated(2) }, unseen: 'contact' });
    expect(stateWords(row)).toBe('Delivered; reading cannot be seen');
    expect(stateWords({ ...row, status: 'read' })).toBe('Read');
    expect(tickLine(row, 1_770_000_100_000).words).toContain('reading cannot be seen');
    expect(stateWords({ ...row, unseen: null })).toBe('Delivered');
  });

  it('show the country and the last three digits, and nothing between', () => {
    expect(maskedRecipient('+447700900481')).toBe('+44 ··· 481');
    expect(maskedRecipient('+15550100660')).toBe('+1 ··· 660');
    expect(maskedRecipient('+966500110018')).toBe('+966 ··· 018');
    expect(maskedRecipient('120363000000000001@g.us')).toBe('Group');
    expect(maskedRecipient('99887766@lid')).toBe('Hidden number');
  });

  it('stand in full and grouped in the drawer', () => {
    expect(fullRecipient('+447700900481')).toBe('+44 7700 900 481');
    expect(fullRecipient('+15550100660')).toBe('+1 555 010 0660');
  });
});

describe('times', () => {
  it('are told in the two units that matter', () => {
    expect([800, 12_000, 148_000, 3_600_000, 11_100_000, 187_200_000].map(lengthOf)).toEqual([
      '0.8 s',
      '12 s',
      '2 min 28 s',
      '1 h',
      '3 h 5 min',
      '2 d 4 h',
    ]);
    expect(lengthOf(3_599_900)).toBe('1 h');
    expect([1000, 12_000, 700_000, 7_200_000].map((ms) => ageOf(T - ms, T))).toEqual(['now', '12 s', '11 min', '2 h']);
  });

  it('leave out what the end of a range repeats', () => {
    expect(timeRange(T, T + 21_000)).toBe('10:41:02 – :23');
    expect(timeRange(T, T + 121_000)).toBe('10:41:02 – 10:43:03');
    expect(timeRange(T, T + 100)).toBe('10:41:02');
  });
});

describe('the headline', () => {
  const figures = { since: T, total: 420, known: 412, checking: 8, unknown: 0, secondsToGo: 120 };
  it('says how many fates are known and how long the rest will take', () => {
    const { lead, rest } = headlineWords({ ...figures, since: new Date(2026, 9, 30).getTime() }, T);
    expect(`${lead} ${rest}`).toBe('412 of 420 messages since Friday have a known fate. 8 are being checked, about 2 minutes to go.');
  });
  it('admits what cannot be known', () => {
    expect(headlineWords({ ...figures, checking: 0, unknown: 8 }, T).rest).toContain('8 are not reported yet and cannot be asked about.');
  });
  it('makes nothing up before the first message', () => {
    expect(headlineWords({ ...figures, total: 0, known: 0, checking: 0 }, T)).toMatchObject({ lead: '' });
  });
});

describe('the state of a row', () => {
  it('counts people of a group and never says read for all when only some have', () => {
    const group = { status: 'delivered', people: 12, delivered: 12, read: 7, played: 0, failed: 0 } as const;
    expect(stateWords(aMessage('m1', T, { kind: 'group', status: 'delivered', group }))).toBe('Read by 7 of 12');
    expect(stateWords(aMessage('m1', T, { status: null }))).toBe('Not known yet');
    expect(stateWords(aMessage('m1', T, { status: 'failed', failure: 'No WhatsApp' }))).toBe('No WhatsApp');
  });
});

describe('the timeline', () => {
  it('puts a gap between the steps that it lies between, and names what each step rests on', () => {
    const row = aMessage('m1', T, {
      status: 'read',
      steps: { queued: stated(T), sent: stated(T + 1000), delivered: between(T + 149_000, T + 170_000), read: stated(T + 676_000) },
      gaps: [{ from: T + 8000, to: T + 149_000 }],
    });
    const life = lifeOf(aTimeline(row, 0));
    expect(life.map((item) => (item.kind === 'gap' ? 'gap' : item.said))).toEqual(['queued', 'sent', 'gap', 'delivered', 'read']);
    expect(life.find((item) => item.kind === 'step' && item.said === 'delivered')).toMatchObject({
      how: 'between',
      after: T + 149_000,
      source: 'poll',
      entries: [{ id: 5202 }],
    });
    expect(life.at(-1)).toMatchObject({ repeats: 1 });
  });

  it('ends with what is still waited for, and with nothing after a failure', () => {
    expect(lifeOf(aTimeline(aMessage('m1', T, { steps: { queued: stated(T), sent: stated(T + 900) } }), 0)).map((item) => item.kind)).toEqual([
      'step',
      'step',
      'open',
      'open',
    ]);
    expect(lifeOf(aTimeline(aMessage('m1', T, { status: 'failed', steps: { queued: stated(T), failed: stated(T + 900) } }), 0)).at(-1)).toMatchObject(
      { said: 'failed' },
    );
  });
});

describe('the address', () => {
  it('leads back to the same screen', () => {
    for (const route of [
      { screen: 'live' },
      { screen: 'events', entry: 12 },
      { screen: 'connect', account: 'acc_1' },
      { screen: 'settings' },
    ] as const) {
      expect(parseRoute(routeHash(route))).toEqual(route);
    }
    expect(parseRoute('#token=abc')).toEqual({ screen: 'live' });
  });
});
