import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { funnelOf, headlineOf, midnightBefore, mondayBefore } from '../core/read/figures.ts';
import type { Parts } from './parts.ts';

type Names = 'app.status' | 'settings.put' | 'providers.list' | 'reports.funnel';

/** How many waits a median is taken over. */
const WAITS = 2_000;
/** Counting a week again for every window that asks would be waste; nobody sees a second's difference. */
const FRESH_MS = 1_000;

export function appHandlers(parts: Parts): Pick<EngineHandlers, Names> {
  const { store, clock, about } = parts;
  const remember = createMemory(clock.monotonic);
  return {
    'app.status': async () => {
      const now = clock.now();
      const since = mondayBefore(now);
      const headline = remember('headline', () => {
        const polling = parts.registry.all().map((account) => account.poller.view());
        const pollable = polling.reduce((sum, view) => sum + (view.active ? view.tracked : 0), 0);
        const waits = polling.map((view) => view.secondsToGo).filter((seconds) => seconds !== null);
        return headlineOf(store.messages.countByStatus(since, FOREVER), since, pollable, waits.length > 0 ? Math.max(...waits) : null);
      });
      return {
        version: about.version,
        mode: about.mode,
        sqlite: store.sqliteVersion,
        dataFolder: about.dataFolder,
        startedAt: about.startedAt,
        uptimeMs: now - about.startedAt,
        listener: about.listenerUrl(),
        vault: await parts.vault.describe(),
        headline,
        settings: parts.settings.get(),
        seq: parts.publisher.seq(),
      };
    },
    'settings.put': (change) => parts.settings.put(change),
    'providers.list': () => ({ providers: [...parts.providers.values()].map((provider) => provider.info) }),
    'reports.funnel': (input) => {
      const from = input?.from ?? midnightBefore(clock.now());
      const to = input?.to ?? FOREVER;
      const account = input?.account;
      return remember(`funnel ${from} ${to} ${account ?? ''}`, () => {
        const counts = store.messages.countByStatus(from, to, account);
        return funnelOf(
          counts,
          from,
          to,
          store.messages.waits('sent', 'delivered', from, to, account, WAITS),
          store.messages.waits('delivered', 'read', from, to, account, WAITS),
        );
      });
    },
  };
}

const FOREVER = 8_640_000_000_000_000;

function createMemory(now: () => number) {
  const known = new Map<string, { readonly at: number; readonly value: unknown }>();
  return <T>(key: string, make: () => T): T => {
    const found = known.get(key);
    if (found !== undefined && now() - found.at < FRESH_MS) return found.value as T;
    const value = make();
    if (known.size > 50) known.clear();
    known.set(key, { at: now(), value });
    return value;
  };
}
