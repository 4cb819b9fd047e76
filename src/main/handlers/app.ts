import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { Account } from '../core/connect/account.ts';
import { wantsPolling } from '../core/ingest/intake.ts';
import { coverageOf } from '../core/read/coverage.ts';
import { type AccountFigures, funnelOf, headlineOf, midnightBefore, mondayBefore } from '../core/read/figures.ts';
import type { Parts } from './parts.ts';

type Names = 'app.status' | 'settings.put' | 'providers.list' | 'reports.funnel';

/** How many waits a median is taken over. */
const WAITS = 2_000;
/** Counting a week again for every window that asks would be waste; nobody sees a second's difference. */
const FRESH_MS = 1_000;

export function appHandlers(parts: Parts): Pick<EngineHandlers, Names> {
  const { store, clock, about } = parts;
  const remember = createMemory(clock.monotonic);
  function figuresOf(account: Account, since: number): AccountFigures {
    const door = account.intake.state();
    const polling = account.poller.view();
    const doorOpen = door.state === 'live' || door.state === 'moved';
    const coverage = coverageOf(store, parts.polls, { account: account.id, since, now: clock.now(), doorOpen, canAsk: polling.active });
    return {
      ...coverage,
      asking: wantsPolling(door) ? coverage.pollable : Math.min(coverage.pollable, polling.due),
      secondsToGo: polling.secondsToGo,
    };
  }

  return {
    'app.status': async () => {
      const now = clock.now();
      const since = mondayBefore(now);
      const headline = remember('headline', () =>
        headlineOf(
          parts.registry.all().map((account) => figuresOf(account, since)),
          since,
        ),
      );
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
