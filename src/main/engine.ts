/**
 * The whole product, with no window in sight: joins store, providers, vault, clock and network into one
 * thing that starts, answers requests, tells what changed, and stops.
 */
import type { Change } from '../shared/contract/changes.ts';
import type { EngineHandlers } from '../shared/contract/requests.ts';
import type { TunnelSettings } from '../shared/contract/views.ts';
import { createDemo, type Shop } from './core/connect/demo.ts';
import { createEntrance } from './core/connect/entrance.ts';
import { createLifeSign } from './core/connect/lifeSign.ts';
import { createRegistry } from './core/connect/registry.ts';
import { createSecretBook } from './core/connect/secrets.ts';
import { createWakefulness } from './core/connect/wakefulness.ts';
import type { AccountId } from './core/domain/ids.ts';
import { createBreath } from './core/ingest/breath.ts';
import { burstWords, createBurstWatch } from './core/ingest/burst.ts';
import { createDrain, type Drained } from './core/ingest/drain.ts';
import type { Way } from './core/ingest/intake.ts';
import { createKeeper } from './core/ingest/keep.ts';
import { createProbes } from './core/ingest/probe.ts';
import { createBudgetPools } from './core/ingest/sharedBudget.ts';
import { drainAtStart } from './core/ingest/startCarefully.ts';
import { createStorageGuard, guardTimers } from './core/ingest/storageGuard.ts';
import { trackIn } from './core/ingest/tracking.ts';
import type { Clock } from './core/ports/clock.ts';
import type { Load } from './core/ports/freshness.ts';
import type { Host } from './core/ports/host.ts';
import type { KeptAll, ListenerDeps, ListenerHandle } from './core/ports/listener.ts';
import type { Log } from './core/ports/log.ts';
import type { Polls } from './core/ports/polls.ts';
import type { Provider, ProviderKey } from './core/ports/provider.ts';
import type { ReconcileRuns } from './core/ports/reconciles.ts';
import type { RestartReason, Safekeeping } from './core/ports/safekeeping.ts';
import type { NewEntry, Store } from './core/ports/store.ts';
import type { Vault } from './core/ports/vault.ts';
import { createPrivacy, type Surroundings } from './core/privacy/privacy.ts';
import { createPublisher } from './core/publish.ts';
import { busiestMinute } from './core/read/figures.ts';
import { createMeter } from './core/read/meter.ts';
import { createRowContext } from './core/read/rowContext.ts';
import { toInboxRow, toMessageRow } from './core/read/rows.ts';
import { accountHandlers, newAccount } from './handlers/accounts.ts';
import { appHandlers } from './handlers/app.ts';
import { createAppSettings } from './handlers/appSettings.ts';
import { connectionHandlers } from './handlers/connections.ts';
import { doctorHandlers } from './handlers/doctor.ts';
import { exportHandlers } from './handlers/exports.ts';
import { freshnessHandlers } from './handlers/freshness.ts';
import { gapHandlers } from './handlers/gaps.ts';
import { guarded } from './handlers/guarded.ts';
import { countsOf, inboxHandlers } from './handlers/inbox.ts';
import { messageHandlers } from './handlers/messages.ts';
import type { Parts } from './handlers/parts.ts';
import { privacyHandlers } from './handlers/privacy.ts';
import { replayHandlers } from './handlers/replays.ts';
import { storageHandlers } from './handlers/storage.ts';

export type Engine = {
  /** Opens the listener, then every account's door. Rejects when the webhook port is taken. */
  start(): Promise<void>;
  /** Stops everything that was started, in reverse order; harmless when called twice. */
  stop(): Promise<void>;
  readonly handlers: EngineHandlers;
  readonly changes: { subscribe(listener: (change: Change) => void): () => void };
  /** Where the webhook listener answers on this machine, e.g. `http://127.0.0.1:41782`. */
  webhooksUrl(): string;
  exportFile(id: string): { readonly path: string; readonly fileName: string } | undefined;
  /** The computer is about to sleep, as far as the frame knows. */
  suspend(): void;
  /** The computer was asleep: look at everything anew. The engine also finds out by itself. */
  wake(): void;
};

export type EngineDeps = {
  readonly store: Store;
  readonly polls: Polls;
  readonly runs: ReconcileRuns;
  readonly providers: ReadonlyMap<ProviderKey, Provider>;
  readonly vault: Vault;
  readonly load: Load;
  readonly clock: Clock;
  readonly log: Log;
  /** Evenly spread in [0, 1). */
  readonly random: () => number;
  readonly randomBytes: (count: number) => Buffer;
  readonly fetch: typeof fetch;
  /** A clock that also counts while the computer sleeps, in ms. */
  readonly uptime?: () => number;
  /** Calls back when the computer's addresses change; the returned function ends that. */
  readonly watchNetwork?: (onChange: () => void) => () => void;
  /** The end of the current turn of the event loop. */
  readonly schedule: (task: () => void) => void;
  readonly tunnelFor: (settings: TunnelSettings) => Way;
  /** On `port`, or on the one that the owner chose. */
  readonly listen: (deps: ListenerDeps, port?: number) => Promise<ListenerHandle>;
  readonly createShop: (scanned: boolean) => Shop;
  readonly demo: boolean;
  readonly mode: 'desktop' | 'browser';
  readonly version: string;
  readonly dataFolder: string;
  readonly host: Host;
  /** The files beside the database, and how to open a copy of it. */
  readonly surroundings: Surroundings;
  readonly exportLink: (id: string) => string | null;
  readonly safekeeping: Safekeeping;
  /** Stops this engine and starts another on the same folder and ports, which carries out what was decided about the database. */
  readonly restart: (why: RestartReason) => void;
  /** Told every secret there is, for masking at the log's mouth. */
  readonly onSecrets: (all: () => readonly string[]) => void;
};

export function createEngine(deps: EngineDeps): Engine {
  const { store, log } = deps;
  const clock = guardTimers(deps.clock, () => guard);
  const startedAt = clock.now();

  const secrets = createSecretBook(deps.vault, () => entrance.showDoors());
  deps.onSecrets(secrets.all);
  const settings = createAppSettings(store, (was, is) => {
    entrance.showDoors();
    if (was.sharedScreen !== is.sharedScreen) showAgain();
  });
  const { breathe, kept } = createBreath({ clock, schedule: deps.schedule });

  const rowContext = createRowContext({ store, clock, redact: () => settings.get().sharedScreen });
  const lifeSign = createLifeSign({ settings: store.settings, clock, log, guard: () => guard });

  const publisher = createPublisher(clock, {
    rows(rows) {
      const context = rowContext();
      return rows.flatMap((row) => {
        const message = store.messages.byRow(row);
        return message === undefined ? [] : [toMessageRow(message, context)];
      });
    },
    inboxRows: (ids) => store.inbox.heads(ids).map(toInboxRow),
    inboxCounts: () => countsOf({ store, rejected: () => entrance.rejected() }),
    intake: (account) => registry.find(account)?.intakeView(),
    session: (account) => {
      const found = registry.find(account);
      return found && { session: found.session.view(), qr: found.session.qrView() };
    },
  });

  const guard = createStorageGuard({
    clock: deps.clock,
    log,
    reopen: store.reopen,
    tryCommit: lifeSign.write,
    onNotice(notice) {
      publisher.notice({ ...notice, account: null });
      doctor.nudge();
    },
    onDamaged: (error) => storage.damaged(error),
  });

  const bursts = createBurstWatch({
    usual: (account, before) => busiestMinute((from, to) => store.messages.countByStatus(from, to, account), before),
    onBurst(burst) {
      log.info('webhooks.burst', { ...burst });
      publisher.notice({ level: 'warning', ...burstWords(burst), account: burst.account });
    },
  });

  const drain = createDrain({
    store,
    guard,
    clock,
    log,
    tracking: trackIn(deps.polls, clock),
    trusting: {
      proof: (account) => (registry.find(account)?.provider ?? providerOfStored(account))?.info.proof ?? 'password',
      skewMs: (account) => registry.find(account)?.clockSkew.ms(),
      met: bursts.met,
    },
    providerOf: (account) => registry.find(account)?.provider ?? providerOfStored(account),
    onDrained,
    sift: (entry, normalised) => privacy.suppression.sift(entry, normalised),
  });

  function providerOfStored(account: AccountId): Provider | undefined {
    const record = store.accounts.get(account);
    return record && deps.providers.get(record.provider);
  }

  function onDrained(drained: Drained): void {
    const renamed = drained.news.some(({ fact }) => fact.kind === 'contact');
    publisher.messages(drained.changed, drained.gone, renamed);
    publisher.inbox(drained.settled.map((entry) => entry.id));
    for (const { account, receivedAt, fact } of drained.news) {
      const found = registry.find(account);
      if (found === undefined) continue;
      if (fact.kind === 'session') found.session.told(fact.state, receivedAt);
      else if (fact.kind === 'qr') found.session.toldQr(fact.text, receivedAt);
      else if (fact.kind === 'check-queued') found.someFailed();
    }
  }

  const privacy = createPrivacy({
    ...deps,
    clock,
    breathe,
    drainAll: () => drain.drainAll(),
    providerOf: providerOfStored,
    countExports: (before) => shelf.countOlder(before),
    removeExports: (before) => shelf.removeOlder(before),
    onChanged: showAgain,
  });
  /** Any row may show something else now. */
  function showAgain(): void {
    publisher.messages([], [], true);
    publisher.inbox([]);
  }

  const keeper = createKeeper({ store, log, guard, clean: privacy.suppression.clean, schedule: deps.schedule, onKept });
  function onKept(): void {
    kept();
    drain.nudge();
  }
  const probes = createProbes({ clock, randomBytes: deps.randomBytes, fetch: deps.fetch });

  const entrance = createEntrance({
    listen: deps.listen,
    keep: keepWebhooks,
    answerTo: probes.answerTo,
    doors: () =>
      registry.all().flatMap(({ id }) => {
        const record = store.accounts.get(id);
        if (record === undefined) return [];
        return [
          { pathSecret: record.webhookToken, account: id, provider: record.provider, secrets: secrets.of(id), storeText: settings.get().storeText },
        ];
      }),
    clock,
    log,
    onDeath: (detail) =>
      publisher.notice({ level: 'warning', message: 'The webhook listener stopped and is being started again.', detail, account: null }),
  });

  const registry = createRegistry({
    store,
    providers: deps.providers,
    onDoors: entrance.showDoors,
    secrets,
    account: {
      store,
      polls: deps.polls,
      runs: deps.runs,
      budgets: createBudgetPools(),
      clock,
      log,
      guard,
      random: deps.random,
      fetch: deps.fetch,
      secrets,
      probe: (url, options) => probes.probe(url, options),
      keeper,
      understood: async () => drain.drainAll(),
      listenerPort: entrance.port,
      tunnelFor: deps.tunnelFor,
      storeText: () => settings.get().storeText,
      onIntake(account) {
        publisher.intake(account);
        doctor.heard(account);
      },
      onSession(account) {
        publisher.session(account);
        doctor.heard(account);
      },
      onReached(account, farEnd) {
        for (const other of registry.all()) if (other.id !== account) other.reachable(farEnd);
      },
      onNotice: (account, notice) => publisher.notice({ ...notice, account }),
    },
  });

  const { uptime, watchNetwork } = deps;
  const wakefulness = createWakefulness({
    clock,
    log,
    ...(uptime && { uptime }),
    ...(watchNetwork && { watchNetwork }),
    accounts: () => registry.all(),
  });

  const demo = createDemo({ store, secrets, registry: () => registry, createShop: deps.createShop, newAccount: (about) => newAccount(deps, about) });

  const parts: Parts = {
    store,
    polls: deps.polls,
    clock,
    providers: deps.providers,
    registry,
    secrets,
    vault: deps.vault,
    drain,
    publisher,
    storageTrouble: guard.trouble,
    demo,
    rowContext,
    settings,
    randomBytes: deps.randomBytes,
    rejected: () => entrance.rejected(),
    about: { version: deps.version, mode: deps.mode, dataFolder: deps.dataFolder, startedAt, listenerUrl: entrance.url },
    exportLink: deps.exportLink,
    breathe,
    assertAllowed: privacy.suppression.assertAllowed,
  };
  const { shelf, ...exporting } = exportHandlers(parts);
  const meter = createMeter({
    clock,
    load: deps.load,
    freshness: store.freshness,
    open: () => registry.all().map((account) => ({ account: account.id, messages: account.poller.view().tracked })),
  });
  const { storage, ...storing } = storageHandlers({ ...parts, log, safekeeping: deps.safekeeping, restart: deps.restart });
  const { doctor, ...doctoring } = doctorHandlers({
    ...parts,
    log,
    host: deps.host,
    probe: probes.probe,
    storageStatus: async () => ({ ...(await storing['storage.status'](undefined)), problem: storage.backups.view().problem }),
  });
  const handlers: EngineHandlers = {
    ...appHandlers(parts),
    ...accountHandlers({ ...parts, tunnelFor: deps.tunnelFor }),
    ...connectionHandlers({ ...parts, tunnelFor: deps.tunnelFor }),
    ...messageHandlers(parts),
    ...inboxHandlers(parts),
    ...replayHandlers(parts),
    ...freshnessHandlers(parts, meter),
    ...doctoring,
    ...gapHandlers({ ...parts, runs: deps.runs }),
    ...storing,
    ...privacyHandlers({ ...parts, ...privacy, log }),
    ...exporting,
  };

  async function keepWebhooks(entries: readonly NewEntry[]): Promise<KeptAll> {
    const result = await keeper.keepAll(entries);
    if (result !== 'kept') return result;
    try {
      for (const account of new Set(entries.map((entry) => entry.account))) registry.find(account)?.intake.webhookArrived(clock.now());
    } catch (error) {
      // they are kept all the same
      guard.failed(error);
      log.error('webhooks.not-noted', { error: String(error) });
    }
    return result;
  }

  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    // Nothing here, a damaged database least of all, may keep us from closing it and letting go of the folder.
    try {
      lifeSign.stop();
      meter.stop();
      doctor.stop();
      wakefulness.stop();
      await privacy.stop();
      shelf.stop();
      storage.backups.stop();
      // The provider's old address goes back while we still listen; what comes meanwhile is kept.
      await registry.stopAll();
      await demo.stopShop();
    } catch (error) {
      log.error('engine.stop.doors', { error: String(error) });
    }
    try {
      await entrance.close();
      keeper.close();
      drain.stop();
      guard.stop();
      drain.drainAll();
      // In a transaction, which also writes what was spent since the last.
      store.transaction(lifeSign.write);
    } finally {
      publisher.stop();
      store.close();
    }
  }

  return {
    async start() {
      const lastAlive = lifeSign.last();
      if (lifeSign.clockWasSetBack()) for (const { id } of store.accounts.list()) deps.polls.clockSetBack(id, clock.now());
      drainAtStart({ store, drain, log });
      await entrance.open();
      await registry.startAll(lastAlive);
      if (deps.demo || demo.exists()) await demo.start(true, lastAlive);
      lifeSign.start();
      meter.start();
      doctor.start();
      wakefulness.start();
      privacy.start();
      storage.backups.start();
      log.info('engine.started', { accounts: registry.all().length, sqlite: store.sqliteVersion });
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
    handlers: guarded(handlers, guard),
    changes: { subscribe: (each) => publisher.subscribe(each) },
    webhooksUrl: entrance.url,
    exportFile: (id) => shelf.file(id),
    suspend: () => wakefulness.suspend(),
    wake: () => wakefulness.resumed(),
  };
}
