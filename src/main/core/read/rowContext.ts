import type { Clock } from '../ports/clock.ts';
import type { Gap, Store } from '../ports/store.ts';
import { createReadings } from './reading.ts';
import type { RowContext } from './rows.ts';

const NO_GAPS: readonly Gap[] = [];

/** Makes what the rows of one answer share, as it is at the moment of asking. `redact`: whether others see the screen. */
export function createRowContext(deps: { readonly store: Store; readonly clock: Clock; readonly redact: () => boolean }): () => RowContext {
  const { store, clock } = deps;
  const readings = createReadings(store.reading, clock.now, clock.monotonic);
  return () => {
    const demos = new Set<string>(store.accounts.list().flatMap((account) => (account.demo ? [account.id] : [])));
    const gaps = new Map<string, Gap[]>();
    for (const gap of store.gaps.list()) gaps.set(gap.account, [...(gaps.get(gap.account) ?? []), gap]);
    return {
      now: clock.now(),
      isDemo: (account) => demos.has(account),
      nameOf: store.contacts.name,
      redact: deps.redact(),
      gapsOf: (account) => gaps.get(account) ?? NO_GAPS,
      readings: readings(),
    };
  };
}
