/**
 * Tells every open window what changed, after the commit, in small batches. Each change carries the
 * running `seq`, so that a window which missed one knows that it must ask again.
 */
import type { Change, ChangeName, Changes } from '../../shared/contract/changes.ts';
import type { DoctorReport } from '../../shared/contract/health.ts';
import type { BackupsView } from '../../shared/contract/storage.ts';
import type {
  ExportView,
  InboxCounts,
  InboxRow,
  IntakeView,
  MessageRow,
  Notice,
  QrView,
  ReplayProgress,
  SessionView,
} from '../../shared/contract/views.ts';
import type { Clock } from './ports/clock.ts';

export type Publisher = {
  seq(): number;
  subscribe(listener: (change: Change) => void): () => void;
  /** `renamed`: any row may show another name now. */
  messages(changed: Iterable<number>, gone: Iterable<number>, renamed?: boolean): void;
  inbox(ids: Iterable<number>): void;
  intake(account: string): void;
  session(account: string): void;
  export(view: ExportView): void;
  backups(view: BackupsView): void;
  doctor(report: DoctorReport): void;
  replay(progress: ReplayProgress): void;
  notice(notice: Omit<Notice, 'id' | 'at'>): void;
  /** What is planned is not sent any more, and nothing is planned: the sources are about to close. */
  stop(): void;
};

export type PublisherSources = {
  rows(rows: readonly number[]): readonly MessageRow[];
  inboxRows(ids: readonly number[]): readonly InboxRow[];
  inboxCounts(): InboxCounts;
  intake(account: string): IntakeView | undefined;
  session(account: string): { readonly session: SessionView; readonly qr: QrView } | undefined;
};

/** One frame of a screen: the window cannot draw sooner, and what comes together shares one batch. */
const MESSAGES_MS = 16;
/** After a batch of more rows than anyone can follow by eye the next one waits for longer: making them all takes time from the webhooks. */
const STORM_ROWS = 30;
const STORM_MS = 200;
const INBOX_MS = 250;
const DOOR_MS = 50;
/** More rows than a window can show at once are not sent; it asks for the page again. */
const MOST_ROWS = 150;

export function createPublisher(clock: Clock, sources: PublisherSources): Publisher {
  const listeners = new Set<(change: Change) => void>();
  let seq = 0;
  let noticeNumber = 0;
  const rows = new Set<number>();
  const entries = new Set<number>();
  let askAgain = false;
  let messagesMs = MESSAGES_MS;
  let stopped = false;
  const planned = new Map<string, () => void>();

  function send<N extends ChangeName>(name: N, value: Omit<Changes[N], 'seq'>): void {
    const change = { name, value: { ...value, seq: ++seq } } as unknown as Change;
    for (const listener of listeners) listener(change);
  }

  function soon(key: string, ms: number, task: () => void): void {
    if (stopped || listeners.size === 0 || planned.has(key)) return;
    planned.set(
      key,
      clock.after(ms, () => {
        planned.delete(key);
        task();
      }),
    );
  }

  function sendMessages(): void {
    const some = [...rows].slice(-MOST_ROWS);
    const more = askAgain || rows.size > some.length;
    messagesMs = rows.size > STORM_ROWS ? STORM_MS : MESSAGES_MS;
    rows.clear();
    askAgain = false;
    send('message.changed', { rows: sources.rows(some), more });
  }

  function sendInbox(): void {
    const some = [...entries].slice(-50);
    entries.clear();
    send('inbox.changed', { counts: sources.inboxCounts(), rows: sources.inboxRows(some) });
  }

  return {
    seq: () => seq,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    messages(changed, gone, renamed = false) {
      if (listeners.size === 0) return;
      askAgain ||= renamed;
      for (const row of changed) {
        // Newest last, also when it was waiting already.
        rows.delete(row);
        rows.add(row);
      }
      for (const row of gone) {
        rows.delete(row);
        askAgain = true;
      }
      if (rows.size > 0 || askAgain) soon('messages', messagesMs, sendMessages);
    },
    inbox(ids) {
      if (listeners.size === 0) return;
      for (const id of ids) entries.add(id);
      soon('inbox', INBOX_MS, sendInbox);
    },
    intake: (account) =>
      soon(`intake ${account}`, DOOR_MS, () => {
        const intake = sources.intake(account);
        if (intake) send('intake.changed', { intake });
      }),
    session: (account) =>
      soon(`session ${account}`, DOOR_MS, () => {
        const view = sources.session(account);
        if (view) send('session.changed', view);
      }),
    export: (view) => send('export.changed', { export: view }),
    replay: (progress) => send('replay.changed', { progress }),
    backups: (view) => send('backups.changed', { backups: view }),
    doctor: (report) => send('doctor.changed', { report }),
    notice: (notice) => send('notice.raised', { notice: { ...notice, id: `n${++noticeNumber}`, at: clock.now() } }),
    stop() {
      stopped = true;
      for (const cancel of planned.values()) cancel();
      planned.clear();
    },
  };
}
