/**
 * The doctor: gathers facts, has every check look at them, and tells what needs the owner. Never throws,
 * and never two looks at once.
 */
import type { DoctorReport } from '../../../shared/contract/health.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { doorCheck } from './checks/door.ts';
import { sessionCheck } from './checks/session.ts';
import type { Facts } from './facts.ts';
import { type Check, finding } from './finding.ts';
import { reportOf } from './report.ts';

export const CHECKS: readonly Check[] = [sessionCheck, doorCheck];

export type Doctor = {
  /** With `ask`, the providers and the public addresses are asked too. */
  run(options: { readonly ask: boolean }): Promise<DoctorReport>;
  /** The newest report; makes the first. */
  last(): Promise<DoctorReport>;
};

export type DoctorDeps = {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Resolves within a bound of its own; never rejects. */
  readonly gather: (ask: boolean) => Promise<Facts>;
  readonly secrets: () => readonly string[];
  readonly onReport: (report: DoctorReport) => void;
};

export function createDoctor(deps: DoctorDeps): Doctor {
  const { clock, log } = deps;
  let newest: DoctorReport | undefined;
  let turns: Promise<unknown> = Promise.resolve();

  async function look(ask: boolean): Promise<DoctorReport> {
    const facts = await deps.gather(ask);
    const names = new Map(facts.accounts.map((account) => [account.id, account.name]));
    newest = reportOf({
      at: clock.now(),
      asked: ask,
      findings: CHECKS.flatMap((check) => lookWith(check, facts, log)),
      secrets: deps.secrets(),
      version: deps.version,
      nameOf: (account) => names.get(account) ?? account,
    });
    deps.onReport(newest);
    return newest;
  }

  function run({ ask }: { readonly ask: boolean }): Promise<DoctorReport> {
    const turn = turns.then(() => look(ask));
    turns = turn.catch(() => undefined);
    return turn;
  }

  return { run, last: async () => newest ?? run({ ask: false }) };
}

function lookWith(check: Check, facts: Facts, log: Log) {
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
