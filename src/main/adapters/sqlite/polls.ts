import type { AccountId, Millis } from '../../core/domain/ids.ts';
import type { Status } from '../../core/domain/status.ts';
import {
  type Crowd,
  type Insurance,
  LEASE_MS,
  type NextAsk,
  type PollCounts,
  type PollRow,
  type Polls,
  type WaitSample,
} from '../../core/ports/polls.ts';
import type { Db } from './open.ts';

type Row = {
  message: number;
  account_id: string;
  provider_id: string;
  joined: number;
  status: string | null;
  first_at: number;
  status_at: number;
  due_at: number | null;
  answered_ask_at: number | null;
  answers: number;
  failures: number;
  urgent: number;
};
type WaitRow = {
  status: string | null;
  status_at: number;
  queued_more: number | null;
  queued_most: number | null;
  sent_more: number | null;
  sent_most: number | null;
  delivered_more: number | null;
  delivered_most: number | null;
};

/** An answer is understood within this time of its question; a later change came by another way. */
const ANSWER_TIME_MS = 60_000;

/** The join may have been learned from a webhook, which goes by the message alone. */
const JOINED = '(joined OR EXISTS (SELECT 1 FROM messages WHERE id = polls.message AND wa_id IS NOT NULL)) AS joined';
const COLUMNS = `message, account_id, provider_id, ${JOINED}, status, first_at, status_at, due_at, answered_ask_at, answers, failures, urgent`;
/**
 * What a wait was longer than: the last question before the news had found none. A webhook tells of it at
 * once. (The answer that brought the news may be noted before or after the news is understood.)
 */
const MORE = `CASE WHEN @heard = 'webhook' OR (@heard IS NULL AND coalesce(asked_at, 0) < @now - ${ANSWER_TIME_MS}) THEN max(0, @now - status_at)
  ELSE max(0, coalesce(CASE WHEN answered_ask_at = asked_at THEN previous_ask_at ELSE answered_ask_at END, status_at) - status_at) END`;
const NEWEST = 'SELECT message FROM polls WHERE account_id = ? ORDER BY message DESC LIMIT ?';

/** The queue of questions in `db`, whose tables are those of migration 2. */
export function createPolls(db: Db): Polls {
  const track = db.prepare(`
    INSERT INTO polls (message, account_id, provider_id, joined, status, first_at, status_at)
    VALUES (@message, @account, @providerId, @joined, coalesce(@status, (SELECT status FROM messages WHERE id = @message)), @firstAt, min(@firstAt, @now))
    ON CONFLICT DO UPDATE SET joined = max(joined, excluded.joined)`);
  // A status that cannot rise ends the asking; otherwise a new plan is made, unless it is about to be asked anyway.
  const settle = db.prepare(`
    UPDATE polls SET
      ${['queued', 'sent', 'delivered'].map((stage) => `${stage}_more = CASE WHEN status = '${stage}' THEN ${MORE} ELSE ${stage}_more END, ${stage}_most = CASE WHEN status = '${stage}' THEN max(0, @now - status_at) ELSE ${stage}_most END,`).join('\n      ')}
      caught = caught + (insurance = 1 AND asked_at >= @now - ${ANSWER_TIME_MS}),
      insurance = 0,
      status = @status, status_at = @now, answers = 0, failures = 0,
      plan = CASE WHEN @final THEN 'stopped' ELSE 'none' END,
      stop = CASE WHEN @final THEN 'final' END,
      urgent = urgent AND NOT @final,
      waiting = waiting AND NOT @final,
      due_at = CASE WHEN urgent = 1 AND NOT @final THEN due_at END
    WHERE message = @message AND status IS NOT @status`);
  const recover = db.prepare(`
    UPDATE polls SET recovered_run = r.id
    FROM (SELECT id, account_id, started_at FROM reconcile_runs WHERE finished_at IS NULL) AS r
    WHERE message = @message AND r.account_id = polls.account_id AND recovered_run IS NOT r.id AND first_at <= r.started_at
      AND (@heard IN ('poll', 'import') OR (@heard IS NULL AND asked_at >= r.started_at))`);
  const recovered = db.prepare(
    'UPDATE reconcile_runs SET recovered = recovered + 1 WHERE id = (SELECT recovered_run FROM polls WHERE message = ?) AND finished_at IS NULL',
  );
  const unplanned = db.prepare(`SELECT ${COLUMNS} FROM polls WHERE account_id = ? AND plan = ? AND urgent = 0 LIMIT ?`);
  const read = db.prepare(`SELECT ${COLUMNS} FROM polls WHERE message = ?`);
  const find = db.prepare(`SELECT ${COLUMNS} FROM polls WHERE account_id = ? AND provider_id = ?`);
  const move = db.prepare('UPDATE OR IGNORE polls SET message = @into, joined = 1 WHERE message = @from');
  // News that a webhook had brought to the other half is neither caught nor recovered by asking.
  const level = db.prepare(`
    UPDATE polls SET status = @status, status_at = @now, insurance = 0, answers = 0, failures = 0,
      plan = CASE WHEN @final THEN 'stopped' ELSE 'none' END, stop = CASE WHEN @final THEN 'final' END,
      urgent = urgent AND NOT @final, waiting = waiting AND NOT @final, due_at = CASE WHEN urgent = 1 AND NOT @final THEN due_at END
    WHERE message = @message AND status IS NOT @status`);
  // What was planned for longer than a question may stay out, under a clock that ran ahead, comes due then.
  const clockSetBack = db.prepare(`
    UPDATE polls SET plan = CASE WHEN plan IN ('net', 'fallback') AND urgent = 0 THEN 'none' ELSE plan END,
      due_at = min(due_at, @now + ${LEASE_MS}), status_at = min(status_at, @now), asked_at = min(asked_at, @now),
      answered_ask_at = CASE WHEN answered_ask_at <= @now THEN answered_ask_at END,
      previous_ask_at = CASE WHEN previous_ask_at <= @now THEN previous_ask_at END
    WHERE account_id = @account AND stop IS NOT 'final'`);
  const forgive = db.prepare(
    'UPDATE polls SET failures = 0, due_at = min(due_at, @now) WHERE account_id = @account AND failures > 0 AND due_at IS NOT NULL',
  );
  const planned = db.prepare('UPDATE polls SET plan = @plan, stop = NULL, due_at = @dueAt WHERE message = @message');
  const stopped = db.prepare(`UPDATE polls SET plan = 'stopped', stop = ?, due_at = NULL, urgent = 0, waiting = 0 WHERE message = ?`);
  const due = db.prepare(`SELECT ${COLUMNS} FROM polls WHERE account_id = ? AND urgent = ? AND due_at <= ? ORDER BY due_at, message DESC LIMIT ?`);
  const nextDue = db.prepare('SELECT min(due_at) FROM polls WHERE account_id = ? AND urgent = ? AND due_at IS NOT NULL').pluck();
  const asked = db.prepare('UPDATE polls SET asked_at = @now, due_at = @lease, insurance = @insurance WHERE message = @message');
  const orphaned = db.prepare(`UPDATE polls SET due_at = @now WHERE account_id = @account AND due_at > @now AND due_at = asked_at + ${LEASE_MS}`);
  const answered = db.prepare(`
    UPDATE polls SET answers = answers + 1, insured = insured + insurance, failures = 0, previous_ask_at = answered_ask_at, answered_ask_at = @askedAt, urgent = 0, waiting = 0
    WHERE message = @message`);
  const unanswered = db.prepare('UPDATE polls SET failures = ?, due_at = coalesce(?, due_at) WHERE message = ?');
  const urge = db.prepare(`UPDATE polls SET urgent = 1, due_at = ?, plan = 'none' WHERE message = ? AND urgent = 0`);
  const hurryQueued = db.prepare(`
    UPDATE polls SET urgent = 1, due_at = @now, plan = 'none' WHERE message IN (
      SELECT message FROM polls WHERE account_id = @account AND plan IN ('none', 'net', 'fallback') AND urgent = 0 AND (status IS NULL OR status = 'queued') LIMIT @limit)`);
  const hurryAll = db.prepare(`
    UPDATE polls SET urgent = 1, due_at = @now, plan = 'none' WHERE message IN (
      SELECT message FROM polls WHERE account_id = @account AND plan IN ('none', 'net', 'fallback') AND urgent = 0 LIMIT @limit)`);
  const tracked = db.prepare(`SELECT count(*) FROM polls WHERE account_id = ? AND plan IN ('none', 'net', 'fallback')`).pluck();
  const openTracked = db
    .prepare(
      `SELECT count(*) FROM polls WHERE account_id = ? AND plan IN ('none', 'net', 'fallback')
        AND (status IS NULL OR status IN ('queued', 'sent')) AND first_at >= ? AND first_at < ?`,
    )
    .pluck();
  const dueCount = db.prepare('SELECT count(*) FROM polls WHERE account_id = ? AND urgent IN (0, 1) AND due_at <= ?').pluck();
  const waits = db.prepare(
    `SELECT status, status_at, queued_more, queued_most, sent_more, sent_most, delivered_more, delivered_most FROM polls WHERE message IN (${NEWEST})`,
  );
  const insurance = db.prepare(
    `SELECT coalesce(sum(insured), 0) AS answered, coalesce(sum(caught), 0) AS caught FROM polls WHERE message IN (${NEWEST})`,
  );
  const known = db.prepare('SELECT provider_id AS providerId, status, first_at AS firstAt FROM polls WHERE account_id = ? AND provider_id = ?');
  const readBudget = db.prepare('SELECT saved FROM poll_budgets WHERE account_id = ?').pluck();
  const saveBudget = db.prepare('INSERT INTO poll_budgets (account_id, saved) VALUES (?, ?) ON CONFLICT DO UPDATE SET saved = excluded.saved');

  function writeNext(messageRow: number, plan: string, next: NextAsk): void {
    if ('stop' in next) stopped.run(next.stop, messageRow);
    else planned.run({ message: messageRow, plan, dueAt: next.dueAt });
  }

  const planAll = db.transaction((plan: string, all: Parameters<Polls['planned']>[1]) => {
    for (const { messageRow, next } of all) writeNext(messageRow, plan, next);
  });
  const askAll = db.transaction<Polls['asked']>((questions, now, lease, account, budget) => {
    for (const question of questions) asked.run({ message: question.messageRow, now, lease, insurance: question.insurance ? 1 : 0 });
    saveBudget.run(account, budget);
  });
  const answer = db.transaction<Polls['answered']>((messageRow, askedAt, plan, next) => {
    answered.run({ message: messageRow, askedAt });
    writeNext(messageRow, plan, next);
  });
  const giveUp = db.transaction<Polls['unanswered']>((messageRow, failures, next) => {
    unanswered.run(failures, 'dueAt' in next ? next.dueAt : null, messageRow);
    if ('stop' in next) stopped.run(next.stop, messageRow);
  });
  const crowds = new Map<string, ReturnType<Db['prepare']>>();

  return {
    track(message, account, providerId, firstAt, now, more = {}) {
      track.run({ message, account, providerId, joined: more.joined ? 1 : 0, status: more.status ?? null, firstAt, now });
    },
    merged(from, into, status, now) {
      move.run({ from, into });
      if (status !== undefined) level.run({ message: into, status, now, final: isFinal(status) });
    },
    settle(message, status, now, heard) {
      const final = isFinal(status);
      const { changes } = settle.run({ message, status, now, final, heard: heard ?? null });
      if (changes === 0 || heard === 'webhook') return;
      if (recover.run({ message, heard: heard ?? null }).changes > 0) recovered.run(message);
    },
    read(messageRow) {
      const row = read.get(messageRow) as Row | undefined;
      return row && toPollRow(row);
    },
    find(account, providerId) {
      const row = find.get(account, providerId) as Row | undefined;
      return row && toPollRow(row);
    },
    clockSetBack: (account, now) => void clockSetBack.run({ account, now }),
    unplanned(account, plan, limit) {
      const fresh = unplanned.all(account, 'none', limit) as Row[];
      const other = fresh.length < limit ? (unplanned.all(account, plan === 'net' ? 'fallback' : 'net', limit - fresh.length) as Row[]) : [];
      return [...fresh, ...other].map(toPollRow);
    },
    planned: (plan, all) => planAll(plan, all),
    due: (account, now, urgent, limit) => (due.all(account, urgent ? 1 : 0, now, limit) as Row[]).map(toPollRow),
    nextDueAt(account) {
      const moments = [nextDue.get(account, 0), nextDue.get(account, 1)].filter((moment) => typeof moment === 'number');
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
    asked: (questions, now, lease, account, budget) => askAll(questions, now, lease, account, budget),
    orphaned: (account, now) => void orphaned.run({ account, now }),
    answered: (messageRow, askedAt, plan, next) => answer(messageRow, askedAt, plan, next),
    forgive: (account, now) => void forgive.run({ account, now }),
    unanswered: (messageRow, failures, next) => giveUp(messageRow, failures, next),
    urge: (message, now) => void urge.run(now, message),
    hurry: (account, which, now, limit) => (which === 'queued' ? hurryQueued : hurryAll).run({ account, now, limit }).changes,
    counts(account, now): PollCounts {
      return { tracked: Number(tracked.get(account)), due: Number(dueCount.get(account, now)) };
    },
    openTracked: (account, from, to) => openTracked.get(account, from, to) as number,
    crowd(account, now, edgesMs): readonly Crowd[] {
      const key = edgesMs.join();
      const statement = crowds.get(key) ?? db.prepare(crowdSql(edgesMs));
      crowds.set(key, statement);
      return (statement.all({ account, now }) as { status: string | null; fromMs: number; messages: number }[]).map((group) => ({
        status: toStatus(group.status),
        fromMs: group.fromMs,
        messages: group.messages,
      }));
    },
    waits: (account, now, messages) => (waits.all(account, messages) as WaitRow[]).flatMap((row) => toSamples(row, now)),
    insurance: (account, messages) => insurance.get(account, messages) as Insurance,
    known: (account, ids) =>
      ids.flatMap((id) => {
        const row = known.get(account, id) as { providerId: string; status: string | null; firstAt: number } | undefined;
        return row === undefined ? [] : [{ ...row, status: toStatus(row.status) }];
      }),
    readBudget: (account) => readBudget.get(account) as string | undefined,
    saveBudget: (account, budget) => void saveBudget.run(account, budget),
  };
}

/** Whether nothing more can be learned by asking, for SQLite. */
function isFinal(status: Status | undefined): 0 | 1 {
  return status === 'read' || status === 'played' ? 1 : 0;
}

/** The edges are our own numbers, and SQLite cannot bind a list. */
function crowdSql(edgesMs: readonly number[]): string {
  const cases = edgesMs
    .toReversed()
    .map((edge) => `WHEN @now - status_at >= ${Math.floor(edge)} THEN ${Math.floor(edge)}`)
    .join(' ');
  return `
    SELECT status, CASE ${cases} ELSE 0 END AS fromMs, count(*) AS messages FROM polls
    WHERE account_id = @account AND plan IN ('none', 'net', 'fallback') GROUP BY 1, 2`;
}

function toPollRow(row: Row): PollRow {
  return {
    messageRow: row.message,
    account: row.account_id as AccountId,
    providerId: row.provider_id,
    joined: row.joined === 1,
    status: toStatus(row.status),
    firstAt: row.first_at,
    statusAt: row.status_at,
    dueAt: row.due_at ?? undefined,
    answeredAskAt: row.answered_ask_at ?? undefined,
    answers: row.answers,
    failures: row.failures,
    urgent: row.urgent === 1,
  };
}

function toStatus(text: string | null): Status | undefined {
  return text === null ? undefined : (text as Status);
}

function toSamples(row: WaitRow, now: Millis): readonly WaitSample[] {
  const samples: WaitSample[] = [];
  const add = (status: Status, more: number | null, most: number | null) => {
    if (more !== null && most !== null && most >= 0) samples.push({ status, moreThanMs: Math.min(more, most), atMostMs: most });
  };
  add('queued', row.queued_more, row.queued_most);
  add('sent', row.sent_more, row.sent_most);
  add('delivered', row.delivered_more, row.delivered_most);
  const status = toStatus(row.status);
  if (status === 'queued' || status === 'sent' || status === 'delivered') {
    samples.push({ status, moreThanMs: Math.max(0, now - row.status_at), atMostMs: undefined });
  }
  return samples;
}
