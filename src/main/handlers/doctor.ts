/** The doctor. */
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { TunnelSettings } from '../../shared/contract/views.ts';
import type { Facts } from '../core/doctor/facts.ts';
import { createDoctor } from '../core/doctor/index.ts';
import type { Log } from '../core/ports/log.ts';
import type { Parts } from './parts.ts';

type Names = 'doctor.run' | 'doctor.last';

export function doctorHandlers(parts: Parts & { readonly log: Log }): Pick<EngineHandlers, Names> {
  const { store, registry, secrets, clock } = parts;

  function gather(): Facts {
    return {
      now: clock.now(),
      accounts: registry.all().flatMap((account) => {
        const record = store.accounts.get(account.id);
        if (record === undefined) return [];
        return [
          {
            id: record.id,
            name: record.name,
            demo: record.demo,
            provider: account.provider.info,
            tunnel: JSON.parse(record.tunnel) as TunnelSettings,
            session: account.session.view(),
            intake: account.intakeView(),
            secrets: Object.keys(secrets.of(account.id)),
          },
        ];
      }),
    };
  }

  const doctor = createDoctor({
    clock,
    log: parts.log,
    version: parts.about.version,
    gather: async () => gather(),
    // whoever knows a webhook path can knock at it
    secrets: () => [...secrets.all(), ...store.accounts.list().map((account) => account.webhookToken)],
    onReport: (report) => parts.publisher.doctor(report),
  });

  return {
    'doctor.run': (input) => doctor.run({ ask: input?.ask ?? true }),
    'doctor.last': () => doctor.last(),
  };
}
