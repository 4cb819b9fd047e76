/** What the drain cannot make anew: messages and receipts that came with an entry which is gone. */
import { SAID } from '../../../core/domain/status.ts';
import { TO_REBUILD_KEY } from '../../../core/ports/store.ts';
import type { Db } from '../open.ts';
import { inserter, isJson } from './putRow.ts';
import { FAR, highest, type Row, readRanges } from './salvage.ts';

const KNOWN_SAID: ReadonlySet<unknown> = new Set(SAID);

/**
 * Takes from `damaged` every receipt whose entry is gone: from `from` on and not `found`. Where the base has the
 * message it goes there, whatever its number, and the message is written down to be computed afresh when the app
 * starts; where not, the message is taken with all of its receipts. Gives how many were taken.
 * In memory are numbers of messages only: a damaged file may hold millions of receipts.
 */
export function graftMessages(base: Db, damaged: Db, from: number, found: ReadonlySet<number>): number {
  const isGone = (receipt: Row) => Number(receipt.inbox_id) >= from && !found.has(Number(receipt.inbox_id));
  const last = highest(base, 'messages', 'id') ?? 0;
  const top = Math.min(highest(damaged, 'messages', 'id') ?? last + FAR, last + 100 * FAR);
  const graftOne = grafter(base, damaged, last, isGone);
  // What is newer goes first: its numbers are free in the base, and damage further down takes nothing from its tries.
  for (const [low, high] of [
    [last + 1, top],
    [1, last],
  ] as const) {
    const orphaned = new Set<number>();
    readRanges(damaged, 'receipts', 'message_id', low, high, (row) => isGone(row) && orphaned.add(Number(row.message_id)));
    if (orphaned.size === 0) continue;
    readRanges(damaged, 'messages', 'id', low, high, (row) => orphaned.has(Number(row.id)) && graftOne.message(row));
  }
  return graftOne.end();
}

function grafter(base: Db, damaged: Db, last: number, isGone: (receipt: Row) => boolean) {
  const accounts = new Set(base.prepare('SELECT id FROM accounts').pluck().all() as string[]);
  const byWaId = base.prepare('SELECT id FROM messages WHERE account_id = ? AND wa_id = ?').pluck();
  const byProviderId = base.prepare('SELECT id FROM messages WHERE account_id = ? AND provider_id = ?').pluck();
  const learnWaId = base.prepare('UPDATE OR IGNORE messages SET wa_id = ? WHERE id = ? AND wa_id IS NULL');
  const learnProviderId = base.prepare('UPDATE OR IGNORE messages SET provider_id = ? WHERE id = ? AND provider_id IS NULL');
  const newest = base.prepare('SELECT last_insert_rowid()').pluck();
  const putMessage = inserter(base, 'messages', 'IGNORE');
  const putReceipt = inserter(base, 'receipts', 'IGNORE');
  const putLane = inserter(base, 'lanes', 'IGNORE');
  const putPoll = inserter(base, 'polls', 'IGNORE');
  const toRebuild = new Set<number>();
  let salvaged = 0;

  function inBase({ account_id: account, wa_id: waId, provider_id: providerId }: Row): number | undefined {
    return ((typeof waId === 'string' ? byWaId.get(account, waId) : undefined) ??
      (typeof providerId === 'string' ? byProviderId.get(account, providerId) : undefined)) as number | undefined;
  }

  function receiptsOf(id: number, into: number, which: (receipt: Row) => boolean): number {
    let put = 0;
    readRanges(damaged, 'receipts', 'message_id', id, id, (receipt) => {
      if (KNOWN_SAID.has(receipt.said) && which(receipt) && putReceipt({ ...receipt, message_id: into })) put++;
    });
    return put;
  }

  const pollsOf = (id: number, into: number) => readRanges(damaged, 'polls', 'message', id, id, (poll) => putPoll({ ...poll, message: into }));

  return {
    message(row: Row): void {
      const id = Number(row.id);
      if (!accounts.has(String(row.account_id))) return;
      const known = inBase(row);
      if (known !== undefined) {
        if (receiptsOf(id, known, isGone) === 0) return;
        toRebuild.add(known);
        if (typeof row.wa_id === 'string') learnWaId.run(row.wa_id, known);
        if (typeof row.provider_id === 'string') learnProviderId.run(row.provider_id, known);
        pollsOf(id, known);
        return;
      }
      // A number that the base had given may be another message's there.
      if (!isJson(row.steps) || !isJson(row.tags) || !putMessage(id > last ? row : { ...row, id: null })) return;
      const into = id > last ? id : (newest.get() as number);
      salvaged++;
      receiptsOf(id, into, () => true);
      readRanges(damaged, 'lanes', 'message_id', id, id, (lane) => isJson(lane.steps) && putLane({ ...lane, message_id: into }));
      pollsOf(id, into);
    },
    end(): number {
      base.prepare('DELETE FROM settings WHERE key = ?').run(TO_REBUILD_KEY);
      if (toRebuild.size > 0) base.prepare('INSERT INTO settings (key, value) VALUES (?, ?)').run(TO_REBUILD_KEY, JSON.stringify([...toRebuild]));
      return salvaged;
    },
  };
}
