/** One connected account while the engine runs: its session, its door, its polling, its reconciliation. */
import type { IntakeView, PollingView, TunnelSettings } from '../../../shared/contract/views.ts';
import { doorAdvice } from '../domain/doorCause.ts';
import { FailureError, fail } from '../domain/failure.ts';
import type { AccountId, InboxId, Millis } from '../domain/ids.ts';
import { createBodyMasker } from '../domain/mask.ts';
import { createClockSkew } from '../ingest/clockSkew.ts';
import { createIntake, wantsPolling } from '../ingest/intake.ts';
import { createPoller } from '../ingest/poll.ts';
import { type Door, entryOf } from '../ingest/receive.ts';
import { createReconcile } from '../ingest/reconcile.ts';
import { createLogWatch } from '../ingest/watchLog.ts';
import type { LearnedLimits, Provider, ProviderClient, Secrets } from '../ports/provider.ts';
import type { AccountRecord } from '../ports/store.ts';
import { toGapView } from '../read/rows.ts';
import { createAbsence } from './absence.ts';
import type { Account, AccountDeps } from './accountParts.ts';
import { createLeftAddress } from './leftAddress.ts';
import { createOwedWrites } from './owedWrites.ts';
import { createSessionKeeper } from './session.ts';
import { createWebhookControl } from './webhook.ts';

export type { Account, AccountDeps } from './accountParts.ts';

/** Polling for longer than this instead of hearing webhooks may have missed something. */
const LEANT_MS = 3_000;

/** The setting that holds the public address which an account had last. */
export function lastUrlKeyOf(account: AccountId): string {
  return `public-url:${account}`;
}

const SHOW_GAP_MS = 86_400_000;

export function createAccount(record: AccountRecord, provider: Provider, deps: AccountDeps): Account {
  const { store, clock, secrets } = deps;
  const id = record.id;
  const current = () => store.accounts.get(id) ?? record;
  const writes = createOwedWrites({ account: id, guard: deps.guard, clock, log: deps.log });
  let opened: { readonly client: ProviderClient; readonly settings: string; readonly secrets: Secrets } | undefined;

  const door: Door = { account: id, provider, secrets: () => secrets.of(id), mask: createBodyMasker(provider.masking, deps.storeText) };

  /** The client with the settings and credentials of this moment; calls under way finish with the ones they left with. */
  function openClient(): ProviderClient {
    const settings = current().settings;
    const now = { settings: JSON.stringify(settings), secrets: secrets.of(id) };
    if (opened === undefined || opened.settings !== now.settings || opened.secrets !== now.secrets) {
      const client = provider.open({ settings, secrets: now.secrets, fetch: deps.fetch, now: clock.now, onLimits });
      opened = { client, ...now };
    }
    return opened.client;
  }

  const clockSkew = createClockSkew({ clock, provider: provider.info.name, onWords: () => deps.onIntake(id) });

  function onLimits(limits: LearnedLimits): void {
    poller.learn(limits);
    if (limits.clockSkew !== undefined) clockSkew.heard('provider', limits.clockSkew, limits.at);
  }

  function closeClient(): void {
    opened?.client.close();
    opened = undefined;
  }

  const canAsk = () => provider.info.can.poll && secrets.of(id).apiKey !== undefined;

  async function keep(answer: Parameters<Account['keep']>[0]): Promise<InboxId> {
    const result = await deps.keeper.keep(entryOf(door, answer));
    if ('refused' in result) {
      const words =
        result.refused === 'closed' ? 'Tickline is stopping.' : 'The record could not be written to the disk. Check that there is free space.';
      throw new FailureError(fail(result.refused === 'closed' ? 'shutting_down' : 'storage_unavailable', words, { retry: true }).error);
    }
    return result.kept;
  }

  const session = createSessionKeeper({
    account: id,
    accounts: store.accounts,
    secrets,
    clock,
    client: openClient,
    writes,
    onChange: () => deps.onSession(id),
    onReady: () => {
      followDoor();
      poller.wake();
      writes.owe(reconcile.start);
    },
  });

  /** Sessions of one owner, which the token tells, are counted together. The key never leaves the process. */
  function budgetKey(): string {
    const { personalAccessToken, apiKey } = secrets.of(id);
    return JSON.stringify([farEnd(), personalAccessToken ?? apiKey ?? id]);
  }

  function farEnd(): string {
    return `${provider.info.key} ${current().settings.baseUrl ?? ''}`;
  }

  /** The provider answers none of our questions, and why. */
  let away: string | undefined;
  const poller = createPoller({
    account: id,
    providerName: provider.info.name,
    polls: deps.polls,
    budget: deps.budgets.member(id, budgetKey, deps.polls.readBudget(id), clock.now()),
    client: () => (canAsk() ? openClient() : undefined),
    keep,
    clock,
    log: deps.log,
    random: deps.random,
    onSpent: (use, requests) => store.freshness.spend(id, use, clock.now(), requests),
    onChange: () => deps.onIntake(id),
    onAway(from, why) {
      if (away !== undefined) return;
      away = why;
      noteAway(from);
    },
    onReached(unreachable) {
      away = undefined;
      followDoor();
      if (unreachable) deps.onReached(id, farEnd());
    },
  });

  /** The session whose message log can be read. */
  function logSession(): string | undefined {
    return secrets.of(id).personalAccessToken === undefined ? undefined : current().settings.sessionId;
  }

  const logWatch = createLogWatch({
    account: id,
    polls: deps.polls,
    take: () => poller.take('background'),
    client: () => (canAsk() ? openClient() : undefined),
    session: logSession,
    keep,
    clock,
    log: deps.log,
  });

  const reconcile = createReconcile({
    account: id,
    polls: deps.polls,
    runs: deps.runs,
    poller,
    client: () => (canAsk() ? openClient() : undefined),
    session: logSession,
    gaps: () =>
      store.gaps
        .list(id)
        .filter((gap) => gap.reconciledAt === null)
        .map((gap) => ({ id: gap.id, from: gap.from, to: gap.to ?? undefined })),
    gapRecovered: (gap, recovered) => {
      store.gaps.reconciled(gap, recovered, clock.now());
      deps.onIntake(id);
    },
    keep,
    understood: deps.understood,
    clock,
    log: deps.log,
    random: deps.random,
    onChange: () => deps.onIntake(id),
  });

  /** Before a session is chosen there is nothing that could be missed. */
  const hasSession = () => secrets.of(id).apiKey !== undefined || current().settings.sessionId !== undefined;

  const absence = createAbsence({
    account: id,
    gaps: store.gaps,
    writes,
    now: clock.now,
    since: record.createdAt,
    canMiss: hasSession,
    isBlind,
    onEnd: () => reconcile.run('gap'),
  });

  const lastUrlKey = lastUrlKeyOf(id);
  const leftAddress = createLeftAddress({ account: id, providerName: provider.info.name, settings: store.settings });
  let shownState: string | undefined;
  const webhook = createWebhookControl({ account: id, accounts: store.accounts, secrets, provider, client: openClient });
  const intake = createIntake({
    account: id,
    providerName: provider.info.name,
    clock,
    log: deps.log,
    random: deps.random,
    probe: deps.probe,
    port: deps.listenerPort,
    way: deps.tunnelFor(JSON.parse(record.tunnel) as TunnelSettings),
    ...(store.settings.get(lastUrlKey) === undefined ? {} : { lastUrl: store.settings.get(lastUrlKey) }),
    webhook,
    canPoll: canAsk,
    gaps: absence,
    onChange: (view) => {
      const { publicUrl } = view;
      if (publicUrl !== null && view.webhookRegistered)
        writes.owe(() => {
          if (store.settings.get(lastUrlKey) !== publicUrl) store.settings.put(lastUrlKey, publicUrl);
        }, 'url');
      if (view.state !== shownState) {
        shownState = view.state;
        deps.log.info('intake.state', { account: id, state: view.state, words: view.words });
      }
      writes.attempt(followDoor);
      deps.onIntake(id);
    },
    onAddress: (news) => writes.owe(() => leftAddress.note(news), 'address'),
    onFault: deps.guard.failed,
    onSkew: (skewMs, at) => clockSkew.heard('tunnel', skewMs, at),
    onNotice: (notice) => deps.onNotice(id, notice),
  });

  /** Where asking is the only door and nobody answers, no door is open. */
  function noteAway(from: Millis): void {
    if (away !== undefined && pollMode() === 'fallback' && hasSession()) absence.begin(from, `Nothing could be asked. ${away}`);
  }

  /** Nothing is heard: no key can be opened, or nobody answers where asking is the only door. However open the door, it is a gap. */
  function isBlind(): boolean {
    const { apiKey, webhookSecret } = secrets.of(id);
    if (away !== undefined && pollMode() === 'fallback') return true;
    return apiKey === undefined && webhookSecret === undefined && secrets.trouble(id) !== undefined;
  }

  let suspended = false;
  /** Looks at everything anew, and tells the provider our address if it was taken back for a sleep. */
  function lookAnew(toldUntil?: Millis): void {
    if (suspended) intake.tellAgain();
    suspended = false;
    intake.wake(toldUntil);
    poller.wake();
  }

  function pollMode() {
    if (!canAsk()) return 'off' as const;
    return wantsPolling(intake.state()) ? ('fallback' as const) : ('net' as const);
  }

  /** Since when polling has been the only door. */
  let leaningSince: number | undefined;
  /** Polling carries what the door does not; when the door is back, what fell between the two is asked about. */
  function followDoor(): void {
    const { state } = intake.state();
    if (state !== 'opening' && state !== 'off') absence.end();
    noteAway(clock.now());
    const mode = pollMode();
    poller.setMode(mode);
    const leaning = mode === 'fallback' && intake.state().state !== 'opening';
    logWatch.set(leaning);
    if (leaning) leaningSince ??= clock.monotonic();
    else if (mode === 'net') {
      // While a door is being opened and told, it leans for a moment; nothing is missed in that.
      const missed = leaningSince !== undefined && clock.monotonic() - leaningSince > LEANT_MS;
      leaningSince = undefined;
      if (missed) writes.owe(reconcile.doorIsBack);
    }
  }

  function intakeView(): IntakeView {
    const gaps = store.gaps.list(id);
    const open = gaps.find((gap) => gap.to === null);
    const last = gaps.findLast((gap) => gap.to !== null && gap.to > clock.now() - SHOW_GAP_MS);
    const polling: PollingView = poller.view();
    const state = intake.state();
    return {
      ...state,
      account: id,
      advice: (state.cause && doorAdvice(state.cause, provider.info.name)) ?? null,
      clockSkewMs: clockSkew.ms() ?? null,
      clockWords: clockSkew.words() ?? null,
      polling,
      openGap: open ? toGapView(open) : null,
      lastGap: last ? toGapView(last) : null,
    };
  }

  let stopped: Promise<void> | undefined;
  return {
    id,
    provider,
    door,
    session,
    intake,
    poller,
    reconcile,
    clockSkew,
    client: openClient,
    intakeView,
    keep,
    someFailed() {
      poller.checkQueued();
      logWatch.someFailed();
    },
    async choose(details) {
      const chosen = current().settings.sessionId;
      if (chosen !== undefined && chosen !== details.id) await intake.takeBack();
      await session.choose(details);
      intake.tellAgain();
    },
    reopen(way) {
      intake.open(way).catch((error: unknown) => writes.failed('door.not-opened', error));
    },
    async tellAddress() {
      const { publicUrl, webhookRegistered } = intake.state();
      if (publicUrl === null) return fail('conflict', 'There is no open way in whose address could be told. Open it first.');
      const told = await webhook.register(publicUrl);
      if (told.ok && !webhookRegistered) intake.tellAgain();
      return told;
    },
    start(lastAlive) {
      if (lastAlive !== undefined)
        absence.begin(lastAlive, isBlind() ? 'Tickline was not running, and then its saved keys could not be opened.' : 'Tickline was not running.');
      // the demo shop ends with us, so it has no address left to post to
      writes.attempt(() => {
        const left = record.demo ? undefined : leftAddress.told();
        if (left !== undefined) deps.onNotice(id, left);
      });
      intake.start();
      poller.start(pollMode());
      if (canAsk()) reconcile.start();
      if (secrets.of(id).apiKey !== undefined || secrets.of(id).personalAccessToken !== undefined) session.ask();
    },
    wake() {
      followDoor();
      lookAnew();
      reconcile.run('wake');
    },
    slept(from, to) {
      if (hasSession()) absence.begin(from, 'The computer was asleep.');
      // Who can ask has a door from now on; otherwise the gap lasts until one is proven open. Its end begins the reconciliation.
      if (canAsk()) absence.end();
      lookAnew(to);
    },
    clockSet() {
      clockSkew.forget();
      intake.wake();
      if (canAsk() && poller.take('interactive').ok) session.ask();
    },
    networkChanged() {
      intake.wake();
      poller.wake();
    },
    reachable(service) {
      if (service === farEnd()) poller.reachable();
    },
    suspend() {
      suspended = true;
      intake.takeBack().catch((error: unknown) => writes.failed('door.not-taken-back', error));
    },
    stop() {
      stopped ??= (async () => {
        session.stop();
        // Questions under way are given up, or closing would wait for their answers; giving the address back needs a client of its own.
        closeClient();
        await Promise.all([reconcile.close(), logWatch.close(), poller.close()]);
        await intake.stop();
        writes.stop();
        closeClient();
      })();
      return stopped;
    },
  };
}
