import { describe, expect, it } from 'vitest';
import { createPollingStore } from '../../../support/pollingStore.ts';

const NOW = 1_770_000_000_000;
const MINUTE = 60_000;

describe('the queue of questions', () => {
  it('plans a new message once, and again when its status or the plan changes', () => {
    const { polls, account, add } = createPollingStore();
    const row = add('1', NOW, NOW, { status: 'sent' });
    expect(polls.unplanned(account, 'net', 10).map((each) => each.messageRow)).toEqual([row]);
    polls.planned('net', [{ messageRow: row, next: { dueAt: NOW + MINUTE } }]);
    expect(polls.unplanned(account, 'net', 10)).toEqual([]);
    expect(polls.unplanned(account, 'fallback', 10)).toHaveLength(1);
    polls.settle(row, 'sent', NOW + 1);
    expect(polls.unplanned(account, 'net', 10)).toEqual([]);
    polls.settle(row, 'delivered', NOW + 2);
    expect(polls.unplanned(account, 'net', 10)[0]).toMatchObject({ status: 'delivered', statusAt: NOW + 2, answers: 0 });
    expect(polls.nextDueAt(account)).toBeUndefined();
  });

  it('stops asking about what was read, even when that was urgent', () => {
    const { polls, account, add } = createPollingStore();
    const row = add('1', NOW, NOW, { status: 'delivered' });
    polls.hurry(account, 'all', NOW, 10);
    expect(polls.due(account, NOW, true, 10)).toHaveLength(1);
    polls.settle(row, 'read', NOW);
    expect(polls.due(account, NOW, true, 10)).toEqual([]);
    expect(polls.counts(account, NOW)).toEqual({ tracked: 0, due: 0 });
  });

  it('asks again about a question that was cut off, once its lease is over', () => {
    const { polls, account, add } = createPollingStore();
    const row = add('1', NOW, NOW, { status: 'sent' });
    polls.planned('net', [{ messageRow: row, next: { dueAt: NOW } }]);
    polls.asked([{ messageRow: row, insurance: false }], NOW, NOW + 2 * MINUTE, account, 'spent');
    expect(polls.due(account, NOW + MINUTE, false, 10)).toEqual([]);
    expect(polls.due(account, NOW + 2 * MINUTE, false, 10)).toHaveLength(1);
    expect(polls.readBudget(account)).toBe('spent');
  });

  it('serves the longest overdue first, and the newest message among equals', () => {
    const { polls, account, add } = createPollingStore();
    const rows = ['a', 'b', 'c'].map((id) => add(id, NOW, NOW));
    polls.planned('net', [
      { messageRow: rows[0] ?? 0, next: { dueAt: NOW + 5 } },
      { messageRow: rows[1] ?? 0, next: { dueAt: NOW } },
      { messageRow: rows[2] ?? 0, next: { dueAt: NOW } },
    ]);
    expect(polls.due(account, NOW + 5, false, 10).map((row) => row.providerId)).toEqual(['c', 'b', 'a']);
    expect(polls.nextDueAt(account)).toBe(NOW);
  });

  it('is not confused by a message tracked twice, and learns that it was joined', () => {
    const { polls, account, add } = createPollingStore();
    const row = add('1', NOW, NOW);
    polls.planned('net', [{ messageRow: row, next: { dueAt: NOW } }]);
    polls.track(row, account, '1', NOW, NOW + 1, { joined: true });
    polls.track(row, account, '1', NOW, NOW + 2);
    expect(polls.read(row)).toMatchObject({ joined: true, dueAt: NOW });
    polls.settle(999, 'read', NOW);
  });

  it('knows a message as joined as soon as its WhatsApp id is known, whoever told it', () => {
    const { polls, add, db } = createPollingStore();
    const row = add('1', NOW, NOW);
    expect(polls.read(row)?.joined).toBe(false);
    db.prepare('UPDATE messages SET wa_id = ? WHERE id = ?').run('3EB0', row);
    expect(polls.read(row)?.joined).toBe(true);
  });

  it('learns how long a wait was: to the point from a webhook, between two questions from an answer', () => {
    const { polls, account, add } = createPollingStore();
    const told = add('1', NOW, NOW, { status: 'sent' });
    const found = add('2', NOW, NOW, { status: 'sent' });
    for (const at of [NOW + 5_000, NOW + 9_000]) {
      polls.asked([{ messageRow: found, insurance: false }], at, at + MINUTE, account, '');
      if (at === NOW + 5_000) polls.answered(found, at, 'fallback', { dueAt: at });
    }
    polls.settle(told, 'delivered', NOW + 7_000, 'webhook');
    polls.settle(found, 'delivered', NOW + 9_100, 'poll');
    expect(polls.waits(account, NOW + 9_100, 10).filter((wait) => wait.status === 'sent')).toEqual([
      { status: 'sent', moreThanMs: 7_000, atMostMs: 7_000 },
      { status: 'sent', moreThanMs: 5_000, atMostMs: 9_100 },
    ]);
  });

  it('forgets a message together with the message', () => {
    const { polls, account, add, db } = createPollingStore();
    const row = add('1', NOW, NOW);
    db.prepare('DELETE FROM messages WHERE id = ?').run(row);
    expect(polls.read(row)).toBeUndefined();
    db.prepare('DELETE FROM accounts').run();
    expect(polls.counts(account, NOW).tracked).toBe(0);
  });

  it('hurries what is queued, or everything, a helping at a time', () => {
    const { polls, account, add } = createPollingStore();
    for (let i = 0; i < 5; i++) add(`q${i}`, NOW, NOW, { status: 'queued' });
    add('s', NOW, NOW, { status: 'sent' });
    add('r', NOW, NOW, { status: 'read' });
    polls.settle(7, 'played', NOW);
    expect([2, 2, 2].map((limit) => polls.hurry(account, 'queued', NOW, limit))).toEqual([2, 2, 1]);
    expect(polls.hurry(account, 'all', NOW, 10)).toBe(1);
    expect(polls.counts(account, NOW)).toEqual({ tracked: 6, due: 6 });
  });

  it('counts who waits for how long, and what earlier waits were', () => {
    const { polls, account, add } = createPollingStore();
    const row = add('1', NOW, NOW, { status: 'sent' });
    add('2', NOW - MINUTE, NOW, { status: 'sent' });
    polls.settle(row, 'delivered', NOW + 4_000, 'webhook');
    expect(polls.crowd(account, NOW + 5_000, [0, 10_000, 60_000])).toEqual(
      expect.arrayContaining([
        { status: 'delivered', fromMs: 0, messages: 1 },
        { status: 'sent', fromMs: 60_000, messages: 1 },
      ]),
    );
    expect(polls.waits(account, NOW + 5_000, 100)).toEqual(
      expect.arrayContaining([
        { status: 'sent', moreThanMs: 4_000, atMostMs: 4_000 },
        { status: 'delivered', moreThanMs: 1_000, atMostMs: undefined },
        { status: 'sent', moreThanMs: 65_000, atMostMs: undefined },
      ]),
    );
  });

  it('counts what insurance caught, and not what webhooks brought', () => {
    const { polls, account, add } = createPollingStore();
    const caught = add('1', NOW, NOW, { status: 'sent' });
    const other = add('2', NOW, NOW, { status: 'sent' });
    for (const [row, status] of [
      [caught, 'delivered'],
      [other, 'sent'],
    ] as const) {
      polls.asked([{ messageRow: row, insurance: true }], NOW, NOW + MINUTE, account, '');
      polls.answered(row, NOW, 'net', { dueAt: NOW + MINUTE });
      polls.settle(row, status, NOW + 50, 'poll');
    }
    polls.settle(other, 'read', NOW + 10 * MINUTE, 'webhook');
    expect(polls.insurance(account, 100)).toEqual({ answered: 2, caught: 1 });
  });

  it('answers about 100 000 tracked messages without a pause that can be felt', () => {
    const { polls, account, db, runs } = createPollingStore();
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      INSERT INTO messages (id, account_id, provider_id, kind, first_at, steps) SELECT i, '${account}', i, 'person', ${NOW}, '{}' FROM n;
      INSERT INTO polls (message, account_id, provider_id, joined, status, first_at, status_at, plan, due_at)
        SELECT id, account_id, provider_id, 1, 'delivered', first_at, first_at, 'net', first_at + id FROM messages`);
    const run = runs.begin(account, 'start', NOW, NOW, []);
    // The best of three, since other work may share the processor.
    const took = (work: () => void) => Math.min(...[1, 2, 3].map(() => timed(work)));
    expect(took(() => polls.due(account, NOW + 50_000, false, 4))).toBeLessThan(10);
    expect(took(() => polls.unplanned(account, 'net', 500))).toBeLessThan(10);
    expect(took(() => polls.nextDueAt(account))).toBeLessThan(10);
    expect(took(() => runs.enrol(run.id, NOW, { resting: true, firstSince: 0, unansweredSince: NOW }, 500))).toBeLessThan(150);
  });
});

function timed(work: () => void): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}
