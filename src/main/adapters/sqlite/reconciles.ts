import type { AccountId } from '../../core/domain/ids.ts';
import type { ReconcileRun, ReconcileRuns, ReconcileWhy } from '../../core/ports/reconciles.ts';
import type { Db } from './open.ts';

type Row = {
  id: number;
  account_id: string;
  why: string;
  started_at: number;
  since: number;
  gaps: string;
  phase: string;
  page: number;
  to_ask: number;
  recovered: number;
  finished_at: number | null;
  waiting: number;
};

/** Runs of reconciliation in `db`, whose tables are those of migration 2. */
export function createReconcileRuns(db: Db): ReconcileRuns {
  const columns = 'SELECT *, (SELECT count(*) FROM polls WHERE run = reconcile_runs.id AND waiting = 1) AS waiting FROM reconcile_runs';
  const byId = db.prepare(`${columns} WHERE id = ?`);
  const last = db.prepare(`${columns} WHERE account_id = ? ORDER BY id DESC LIMIT 1`);
  const page = db.prepare(
    `${columns} WHERE (@account IS NULL OR account_id = @account) AND (@before IS NULL OR id < @before) ORDER BY id DESC LIMIT @limit`,
  );
  const begin = db.prepare(`INSERT INTO reconcile_runs (account_id, why, started_at, since, gaps, phase, page) VALUES (?, ?, ?, ?, ?, 'log', 1)`);
  const turn = db.prepare('UPDATE reconcile_runs SET page = ? WHERE id = ?');
  const enrol = db.prepare(`
    UPDATE polls SET run = @run, waiting = 1, urgent = 1, due_at = @now, plan = 'none', stop = NULL WHERE message IN (
      SELECT message FROM polls
      WHERE account_id = @account AND (plan IN ('none', 'net', 'fallback') OR (@resting AND plan = 'stopped' AND stop = 'quiet'))
        AND run IS NOT @run AND first_at >= @firstSince AND coalesce(answered_ask_at, -1) < @unansweredSince
        AND (status IS NULL OR status IN ('queued', 'sent', 'delivered'))
      LIMIT @limit)`);
  const count = db.prepare('UPDATE reconcile_runs SET to_ask = to_ask + ? WHERE id = ?');
  const enrolled = db.prepare(`UPDATE reconcile_runs SET phase = 'ask' WHERE id = ?`);
  const finish = db.prepare('UPDATE reconcile_runs SET finished_at = ? WHERE id = ?');

  const read = (id: number): ReconcileRun => toRun(byId.get(id) as Row);
  const enrolSome = db.transaction<ReconcileRuns['enrol']>((id, now, filter, limit) => {
    const { changes } = enrol.run({
      run: id,
      account: read(id).account,
      now,
      resting: filter.resting ? 1 : 0,
      firstSince: filter.firstSince,
      unansweredSince: filter.unansweredSince,
      limit,
    });
    count.run(changes, id);
    return changes;
  });

  return {
    begin(account, why, now, since, gaps) {
      return read(Number(begin.run(account, why, now, since, JSON.stringify(gaps)).lastInsertRowid));
    },
    last(account) {
      const row = last.get(account) as Row | undefined;
      return row && toRun(row);
    },
    page: (account, before, limit) => (page.all({ account: account ?? null, before: before ?? null, limit }) as Row[]).map(toRun),
    turnedPage: (id, nextPage) => void turn.run(nextPage, id),
    enrol: (id, now, filter, limit) => enrolSome(id, now, filter, limit),
    enrolled: (id) => void enrolled.run(id),
    finish(id, now) {
      finish.run(now, id);
      return read(id);
    },
  };
}

function toRun(row: Row): ReconcileRun {
  return {
    id: row.id,
    account: row.account_id as AccountId,
    why: row.why as ReconcileWhy,
    startedAt: row.started_at,
    since: row.since,
    gaps: JSON.parse(row.gaps) as number[],
    phase: row.phase === 'ask' ? 'ask' : 'log',
    page: row.page,
    toAsk: row.to_ask,
    waiting: row.waiting,
    recovered: row.recovered,
    finishedAt: row.finished_at ?? undefined,
  };
}
