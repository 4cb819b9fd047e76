/** What was decided about the database and is not finished: one durable file in the data folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecoveryReport } from '../../../../shared/contract/storage.ts';
import type { LogUse } from './damage.ts';
import { removeDurably, stampOf, writeDurably } from './files.ts';

export type Pending = {
  readonly kind: 'restore' | 'recover';
  /** Names the folder under `set-aside/` and the file that is being built. */
  readonly stamp: string;
  readonly at: number;
  /** `build`: the new database is being made, the present one is where it was. `swap`: the new one is whole. */
  readonly phase: 'build' | 'swap';
  /** How often the building has begun. */
  readonly tries: number;
  /** The backup to put back; for a recovery null, it finds the newest good one. */
  readonly backup: string | null;
  readonly why: string;
  readonly log: LogUse;
  /** Known once it is built. */
  readonly report: RecoveryReport | null;
};

const FILE = 'recovery.json';

/** Undefined when nothing is pending. A file that cannot be read was never finished, and decides nothing. */
export function readPending(folder: string): Pending | undefined {
  try {
    const value = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Partial<Pending>;
    if ((value.kind !== 'restore' && value.kind !== 'recover') || typeof value.stamp !== 'string' || !/^\d{8}T\d{9}Z$/.test(value.stamp))
      return undefined;
    return value as Pending;
  } catch {
    return undefined;
  }
}

export function writePending(folder: string, pending: Pending): void {
  writeDurably(join(folder, FILE), JSON.stringify(pending));
}

export function removePending(folder: string): void {
  removeDurably(join(folder, FILE));
}

/** Decides that the database must be recovered at the next opening. What is already pending stays. */
export function markDamaged(folder: string, why: string, at: number, log: Pending['log'] = 'trusted'): void {
  if (readPending(folder) !== undefined) return;
  writePending(folder, { kind: 'recover', stamp: stampOf(at), at, phase: 'build', tries: 0, backup: null, why, log, report: null });
}
