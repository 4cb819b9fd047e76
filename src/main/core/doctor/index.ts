/**
 * The doctor: gathers facts, has every check look at them, and tells what needs the owner. Looks by itself at
 * the start, when something has changed, and every few minutes, then only at what costs no request. Never
 * throws, and never two looks at once.
 */
import type { DatabaseFigures, DoctorReport, Finding } from '../../../shared/contract/health.ts';
import { maskNumbers, maskSecrets } from '../domain/mask.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { backupsCheck } from './checks/backups.ts';
import { clockCheck } from './checks/clock.ts';
import { databaseCheck } from './checks/database.ts';
import { diskCheck } from './checks/disk.ts';
import { doorCheck } from './checks/door.ts';
import { keyCheck } from './checks/key.ts';
import { limitsCheck } from './checks/limits.ts';
import { programCheck } from './checks/program.ts';
import { receiptsCheck } from './checks/receipts.ts';
import { sessionCheck } from './checks/session.ts';
import { webhookCheck } from './checks/webhook.ts';
import type { Facts } from './facts.ts';
import { type Check, finding } from './finding.ts';
import { masked, reportOf } from './report.ts';

/** Findings of one urgency stand in this order. */
export const CHECKS: readonly Check[] = [
  databaseCheck,
  backupsCheck,
  diskCheck,
  sessionCheck,
  keyCheck,
  doorCheck,
  webhookCheck,
  clockCheck,
  limitsCheck,
  receiptsCheck,
  programCheck,
];

export type Doctor = {
  /** With `ask`, the providers and the public addresses are asked too. */
  run(options: { readonly ask: boolean }): Promise<DoctorReport>;
  /** The newest report; makes the first. */
  last(): Promise<DoctorReport>;
  /** Begins to look by itself. */
  start(): void;
  /** Something has changed: look soon, but not all the time. */
  nudge(): void;
  stop(): void;
};

export type DoctorDeps = {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly gather: (ask: boolean) => Promise<Facts>;
  /** Everything that must not stand in a report. */
  readonly secrets: () => readonly string[];
  readonly onReport: (report: DoctorReport) => void;
  readonly checks?: readonly Check[];
};

const EVERY_MS = 180_000;
const SOON_MS = 1_000;
/** Two looks that nobody asked for are at least this far apart. */
const APART_MS = 3_000;

export function createDoctor(deps: DoctorDeps): Doctor {
  const { clock, log, checks = CHECKS } = deps;
  let newest: DoctorReport | undefined;
  let turns: Promise<unknown> = Promise.resolve();
  let cancel: (() => void) | undefined;
  let planned = Number.POSITIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let started = false;
  let stopped = false;

  async function look(ask: boolean): Promise<DoctorReport> {
    const facts = await deps.gather(ask).catch((cause: unknown) => {
      log.error('doctor.not-gathered', { error: String(cause) });
      return undefined;
    });
    const secrets = facts === undefined ? [] : deps.secrets();
    const names = new Map(facts?.accounts.map((account) => [account.id, maskNumbers(maskSecrets(account.name, secrets))]));
    newest = reportOf({
      at: clock.now(),
      asked: ask,
      findings:
        facts === undefined
          ? [NOTHING_KNOWN]
          : checks.flatMap((check) => lookWith(check, facts, log).map((one) => masked(one, secrets, check.speaksOfVersions))),
      database: facts === undefined ? null : figuresOf(facts),
      version: deps.version,
      nameOf: (account) => names.get(account) ?? account,
    });
    lookedAt = clock.monotonic();
    // a look that outlives what it looks at says nothing
    if (!stopped) deps.onReport(newest);
    return newest;
  }

  /** Whoever wants a look of a kind that is waiting or under way shares it: at most two are ever ahead. */
  const ahead = new Map<boolean, Promise<DoctorReport>>();
  function run({ ask }: { readonly ask: boolean }): Promise<DoctorReport> {
    const shared = ahead.get(ask);
    if (shared !== undefined) return shared;
    const turn = turns.then(() => look(ask)).finally(() => ahead.delete(ask));
    ahead.set(ask, turn);
    turns = turn.catch((cause: unknown) => log.error('doctor.threw', { error: String(cause) }));
    return turn;
  }

  /** Looks in `ms` at the latest, and then again and again. */
  function plan(ms: number): void {
    const at = clock.monotonic() + ms;
    if (at >= planned) return;
    cancel?.();
    planned = at;
    cancel = clock.after(ms, () => {
      planned = Number.POSITIVE_INFINITY;
      plan(EVERY_MS);
      run({ ask: false }).catch(() => undefined);
    });
  }

  return {
    run,
    last: async () => newest ?? run({ ask: false }),
    start() {
      started = true;
      plan(SOON_MS);
    },
    nudge() {
      if (started) plan(Math.max(SOON_MS, lookedAt + APART_MS - clock.monotonic()));
    },
    stop() {
      started = false;
      stopped = true;
      cancel?.();
      planned = Number.NEGATIVE_INFINITY;
    },
  };
}

const NOTHING_KNOWN = finding({
  id: 'doctor.nothing-known',
  level: 'problem',
  title: 'Nothing could be looked at',
  cause: 'The saved data cannot be read just now, so nothing is known of the accounts either. Tickline keeps trying.',
  nextStep: 'Look again in a moment. If it stays so, restart Tickline.',
});

function figuresOf({ disk, queue }: Facts): DatabaseFigures {
  return {
    bytes: disk.databaseBytes ?? null,
    journalBytes: disk.walBytes ?? null,
    freeBytes: disk.freeBytes ?? null,
    waiting: queue.waiting,
    quarantined: queue.quarantined,
  };
}

function lookWith(check: Check, facts: Facts, log: Log): readonly Finding[] {
  try {
    return check.look(facts);
  } catch (cause) {
    log.error('doctor.check-threw', { check: check.name, error: String(cause) });
    return [
      finding({
        id: `${check.name}.our-fault`,
        level: 'note',
        title: `${check.title}: not looked at`,
        cause: 'This check failed because of a fault of ours; the others were made.',
      }),
    ];
  }
}
