/** Pushed from the engine to every open window. Built by us, so types only. Each carries the running `seq`. */
import type { DoctorReport } from './health.ts';
import type { BackupsView } from './storage.ts';
import type { ExportView, InboxCounts, InboxRow, IntakeView, MessageRow, Notice, QrView, ReplayProgress, SessionView } from './views.ts';

export type Changes = {
  /** The rows as they are now. `more` says that others changed too: ask for the page again. */
  'message.changed': { readonly seq: number; readonly rows: readonly MessageRow[]; readonly more: boolean };
  'intake.changed': { readonly seq: number; readonly intake: IntakeView };
  'session.changed': { readonly seq: number; readonly session: SessionView; readonly qr: QrView };
  'inbox.changed': { readonly seq: number; readonly counts: InboxCounts; readonly rows: readonly InboxRow[] };
  'replay.changed': { readonly seq: number; readonly progress: ReplayProgress };
  'export.changed': { readonly seq: number; readonly export: ExportView };
  'backups.changed': { readonly seq: number; readonly backups: BackupsView };
  'doctor.changed': { readonly seq: number; readonly report: DoctorReport };
  'notice.raised': { readonly seq: number; readonly notice: Notice };
};

export type ChangeName = keyof Changes;
export type Change = { [N in ChangeName]: { readonly name: N; readonly value: Changes[N] } }[ChangeName];
export const changeNames = [
  'message.changed',
  'intake.changed',
  'session.changed',
  'inbox.changed',
  'replay.changed',
  'export.changed',
  'backups.changed',
  'doctor.changed',
  'notice.raised',
] as const satisfies readonly ChangeName[];
