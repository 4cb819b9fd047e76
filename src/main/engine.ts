/**
 * The whole product, with no window in sight: joins store, providers, vault, clock and network into one
 * thing that starts, answers requests, tells what changed, and stops.
 */
import type { Change } from '../shared/contract/changes.ts';
import type { EngineHandlers } from '../shared/contract/requests.ts';
import type { AppSettings, TunnelSettings } from '../shared/contract/views.ts';
import { createDemo, type Shop } from './core/connect/demo.ts';
import { createRegistry } from './core/connect/registry.ts';
import { createSecretBook } from './core/connect/secrets.ts';
import { createWakefulness } from './core/connect/wakefulness.ts';
import type { AccountId } from './core/domain/ids.ts';
import { burstWords, createBurstWatch } from './core/ingest/burst.ts';
import { createDrain, type Drained } from './core/ingest/drain.ts';
import type { Way } from './core/ingest/intake.ts';
import { createKeeper } from './core/ingest/keep.ts';
import { createProbes } from './core/ingest/probe.ts';
import { createBudgetPools } from './core/ingest/sharedBudget.ts';
import { drainAtStart } from './core/ingest/startCarefully.ts';
import { createStorageGuard, guardTimers } from './core/ingest/storageGuard.ts';
import { wantsConfirming } from './core/ingest/trusting.ts';
import type { Clock } from './core/ports/clock.ts';
import type { Load } from './core/ports/freshness.ts';
import type { Host } from './core/ports/host.ts';
import type { KeptAll, ListenerDeps, ListenerHandle } from './core/ports/listener.ts';
import type { Log } from './core/ports/log.ts';
import type { Polls } from './core/ports/polls.ts';
import type { Provider, ProviderKey } from './core/ports/provider.ts';
import type { ReconcileRuns } from './core/ports/reconciles.ts';
import type { RestartReason, Safekeeping } from './core/ports/safekeeping.ts';
import type { Gap, NewEntry, Store } from './core/ports/store.ts';
import type { Vault } from './core/ports/vault.ts';
import { createPrivacy, type Surroundings } from './core/privacy/privacy.ts';
import { createPublisher } from './core/publish.ts';
import { busiestMinute } from './core/read/figures.ts';
import { createMeter } from './core/read/meter.ts';
import { createReadings } from './core/read/reading.ts';
import { type RowContext, toInboxRow, toMessageRow } from './core/read/rows.ts';
import { accountHandlers, newAccount } from './handlers/accounts.ts';
import { appHandlers } from './handlers/app.ts';
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

const ALIVE_KEY = 'alive-at';
/** How exactly we know when Tickline last ran, should it be killed. */
const ALIVE_EVERY_MS = 15_000;
/** We wrote our last sign of life later than it is now: the clock was set back while we were away. */
const CLOCK_SET_BACK_MS = 5_000;
const LISTENER_RETRY_MS = 2_000;
const DEFAULT_SETTINGS: AppSettings = { theme: 'system', storeText: false, density: 'comfortable', sharedScreen: false };

export function createEngine(deps: EngineDeps): Engine {
  const { store, log } = deps;
  const clock = guardTimers(deps.clock, () => guard);
  const startedAt = clock.now();
  let rejected = 0;
  let listener: ListenerHandle | undefined;
  let cancelAlive: (() => void) | undefined;

  const secrets = createSecretBook(deps.vault, () => showDoors());
  deps.onSecrets(secrets.all);
  const settings = createAppSettings(store, (was, is) => {
    showDoors();
    if (was.sharedScreen !== is.sharedScreen) showAgain();
  });
  const breathe = () => new Promise<void>((resolve) => deps.schedule(resolve));

  const readings = createReadings(store.reading, clock.now, clock.monotonic);

  function rowContext(): RowContext {
    const demos = new Set<string>(
      store.accounts
        .list()
        .filter((account) => account.demo)
        .map((account) => account.id),
    );
    const gaps = new Map<string, Gap[]>();
    for (const gap of store.gaps.list()) gaps.set(gap.account, [...(gaps.get(gap.account) ?? []), gap]);
    return {
      now: clock.now(),
      isDemo: (account) => demos.has(account),
      nameOf: store.contacts.name,
      redact: settings.get().sharedScreen,
      gapsOf: (account) => gaps.get(account) ?? NO_GAPS,
      readings: readings(),
    };
  }

  const publisher = createPublisher(clock, {
    rows(rows) {
      const context = rowContext();
      return rows.flatMap((row) => {
        const message = store.messages.byRow(row);
        return message === undefined ? [] : [toMessageRow(message, context)];
      });
    },
    inboxRows: (ids) => store.inbox.heads(ids).map(toInboxRow),
    inboxCounts: () => countsOf({ store, rejected: () => rejected }),
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
    tryCommit: () => store.settings.put(ALIVE_KEY, String(clock.now())),
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
    tracking: {
      track: (message) =>
        message.providerId !== null &&
        deps.polls.track(message.row, message.account, message.providerId, message.firstAt, clock.now(), {
          joined: message.waId !== null,
          ...(message.status === null ? {} : { status: message.status }),
        }),
      merged: (from, into) => deps.polls.merged(from, into.row, into.status ?? undefined, clock.now()),
      settle(message, heard) {
        if (message.providerId === null || message.status === null) return;
        deps.polls.settle(message.row, message.status, clock.now(), heard);
        if (heard === 'webhook' && wantsConfirming(message)) deps.polls.urge(message.row, clock.now());
      },
    },
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

  const keeper = createKeeper({ store, log, guard, clean: privacy.suppression.clean, schedule: deps.schedule, onKept: () => drain.nudge() });
  const probes = createProbes({ clock, randomBytes: deps.randomBytes, fetch: deps.fetch });

  /** Tells the listener which doors there are and what proves a request at each. */
  function showDoors(): void {
    const open = registry.all().flatMap((account) => {
      const record = store.accounts.get(account.id);
      return record === undefined
        ? []
        : [
            {
              pathSecret: record.webhookToken,
              account: account.id,
              provider: record.provider,
              secrets: secrets.of(account.id),
              storeText: settings.get().storeText,
            },
          ];
    });
    listener?.setDoors(open);
  }

  const registry = createRegistry({
    store,
    providers: deps.providers,
    onDoors: () => showDoors(),
    secrets,
    account: {
      store,
      polls: deps.polls,
      runs: deps.runs,
      budgets: createBudgetPools(),
      clock,
      log,
      random: deps.random,
      fetch: deps.fetch,
      secrets,
      probe: (url, options) => probes.probe(url, options),
      keeper,
      understood: async () => drain.drainAll(),
      listenerPort: () => listener?.port ?? 0,
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
    rejected: () => rejected,
    about: { version: deps.version, mode: deps.mode, dataFolder: deps.dataFolder, startedAt, listenerUrl: () => listener?.url ?? '' },
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
    if (result === 'kept')
      for (const account of new Set(entries.map((entry) => entry.account))) registry.find(account)?.intake.webhookArrived(clock.now());
    return result;
  }

  function stillAlive(): void {
    try {
      store.settings.put(ALIVE_KEY, String(clock.now()));
    } catch (error) {
      guard.failed(error);
      log.error('alive.not-written', { error: String(error) });
    }
    cancelAlive = clock.after(ALIVE_EVERY_MS, stillAlive);
  }

  /** `port`: the one it had before, because tunnels lead there. */
  async function openListener(port?: number): Promise<void> {
    listener = await deps.listen(
      {
        keep: keepWebhooks,
        answerTo: (nonce) => probes.answerTo(nonce),
        onRejected(count) {
          rejected += count;
        },
        onDeath(words) {
          log.error('listener.died', { words });
          publisher.notice({ level: 'warning', message: 'The webhook listener stopped and is being started again.', detail: words, account: null });
          reopenListener(port ?? listener?.port ?? 0);
        },
      },
      port,
    );
    showDoors();
  }

  function reopenListener(port: number): void {
    if (stopping !== undefined) return;
    openListener(port).then(
      () => log.info('listener.reopened', { port }),
      (error: unknown) => {
        log.error('listener.not-reopened', { port, error: String(error) });
        clock.after(LISTENER_RETRY_MS, () => reopenListener(port));
      },
    );
  }

  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    cancelAlive?.();
    meter.stop();
    doctor.stop();
    wakefulness.stop();
    await privacy.stop();
    shelf.stop();
    storage.backups.stop();
    // The provider's old address goes back while we still listen; what comes meanwhile is kept.
    try {
      await registry.stopAll();
      await demo.stopShop();
    } catch (error) {
      // a damaged database must not keep us from closing it
      log.error('engine.stop.doors', { error: String(error) });
    }
    await listener?.close();
    keeper.close();
    drain.stop();
    guard.stop();
    try {
      drain.drainAll();
      // In a transaction, which also writes what was spent since the last.
      store.transaction(() => store.settings.put(ALIVE_KEY, String(clock.now())));
    } finally {
      publisher.stop();
      store.close();
    }
  }

  return {
    async start() {
      const aliveAt = Number(store.settings.get(ALIVE_KEY));
      const lastAlive = Number.isSafeInteger(aliveAt) && aliveAt > 0 ? Math.min(aliveAt, clock.now()) : undefined;
      if (aliveAt > clock.now() + CLOCK_SET_BACK_MS) for (const { id } of store.accounts.list()) deps.polls.clockSetBack(id, clock.now());
      drainAtStart({ store, drain, log });
      await openListener();
      await registry.startAll(lastAlive);
      if (deps.demo || demo.exists()) await demo.start(true, lastAlive);
      stillAlive();
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
    webhooksUrl: () => listener?.url ?? '',
    exportFile: (id) => shelf.file(id),
    suspend: () => wakefulness.suspend(),
    wake: () => wakefulness.resumed(),
  };
}

const NO_GAPS: readonly Gap[] = [];

function createAppSettings(store: Store, onChange: (was: AppSettings, is: AppSettings) => void): Parts['settings'] {
  let known: AppSettings = { ...DEFAULT_SETTINGS, ...(JSON.parse(store.settings.get('app') ?? '{}') as Partial<AppSettings>) };
  return {
    get: () => known,
    put(change) {
      const was = known;
      known = { ...known, ...change };
      store.settings.put('app', JSON.stringify(known));
      onChange(was, known);
      return known;
    },
  };
}
