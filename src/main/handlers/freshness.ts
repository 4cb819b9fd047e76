import type { FreshnessView } from '../../shared/contract/freshness.ts';
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { DAY_MS } from '../core/domain/freshness.ts';
import { accountFreshness } from '../core/read/freshness.ts';
import type { Meter } from '../core/read/meter.ts';
import type { Parts } from './parts.ts';

const DAYS = 7;

export function freshnessHandlers(
  { store, clock, registry }: Pick<Parts, 'store' | 'clock' | 'registry'>,
  meter: Pick<Meter, 'view'>,
): Pick<EngineHandlers, 'freshness.get'> {
  return {
    'freshness.get': (input): FreshnessView => {
      const now = clock.now();
      const today = Math.floor(now / DAY_MS);
      const first = today + 1 - (input?.days ?? DAYS);
      const accounts = registry.some(input?.account).map(({ id }) => {
        const record = store.accounts.get(id);
        const about = { account: id, name: record?.name ?? '', demo: record?.demo ?? false };
        return accountFreshness(about, store.freshness.counts(id, first, today), store.freshness.requests(id, first, today));
      });
      return { from: first * DAY_MS, to: now, accounts, load: meter.view() };
    },
  };
}
