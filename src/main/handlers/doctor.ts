/** The doctor, joined to what it looks at. */
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { createGather, type GatherDeps } from '../core/doctor/gather.ts';
import { createDoctor } from '../core/doctor/index.ts';
import { SKEW_WORTH_SAYING_MS } from '../core/ingest/clockSkew.ts';
import type { Log } from '../core/ports/log.ts';
import type { Parts } from './parts.ts';

type Names = 'doctor.run' | 'doctor.last';

export type DoctorAtWork = {
  /** Begins to look by itself. */
  start(): void;
  /** Something about this account may have changed: looks again if it is something that findings rest on. */
  heard(account: string): void;
  /** Something else has changed. */
  nudge(): void;
  stop(): void;
};

type More = { readonly log: Log } & Pick<GatherDeps, 'host' | 'probe' | 'storageStatus'>;

export function doctorHandlers(parts: Parts & More): Pick<EngineHandlers, Names> & { readonly doctor: DoctorAtWork } {
  const { store, registry, secrets } = parts;
  const doctor = createDoctor({
    clock: parts.clock,
    log: parts.log,
    version: parts.about.version,
    gather: createGather(parts),
    // whoever knows a webhook path can knock at it
    secrets: () => [...secrets.all(), ...store.accounts.list().map((account) => account.webhookToken)],
    onReport: (report) => parts.publisher.doctor(report),
  });

  const shown = new Map<string, string>();
  /** What the free findings about one account rest on, apart from figures that move all the time. */
  function outlineOf(id: string): string | undefined {
    const account = registry.find(id);
    if (account === undefined) return undefined;
    const { state, cause, webhookRegistered } = account.intake.state();
    const isSkewed = Math.abs(account.clockSkew.ms() ?? 0) > SKEW_WORTH_SAYING_MS;
    return [state, cause, webhookRegistered, isSkewed, account.session.view().state, account.poller.trouble()?.code].join(' ');
  }

  return {
    doctor: {
      start: () => doctor.start(),
      stop: () => doctor.stop(),
      nudge: () => doctor.nudge(),
      heard(account) {
        let outline: string | undefined;
        try {
          outline = outlineOf(account);
        } catch {
          // the disk has trouble, which its guard tells of; whoever calls has other things to do
          return;
        }
        if (outline === undefined || shown.get(account) === outline) return;
        shown.set(account, outline);
        doctor.nudge();
      },
    },
    'doctor.run': (input) => doctor.run({ ask: input?.ask ?? true }),
    'doctor.last': () => doctor.last(),
  };
}
