/**
 * Every request a window (or a script) can make: its input schema, checked at the border, and the type
 * of what it gives. Names are resource first, verb last. Both bridges serve this one table.
 */
import { z } from 'zod';
import type { FreshnessView } from './freshness.ts';
import type { DoctorReport } from './health.ts';
import type { RequestName } from './names.ts';
import type { ErasePreviewView, ErasureView, PrivacyView, RetentionPreview } from './privacy.ts';
import type { BackupPreview, BackupsView, BackupView, StorageStatus } from './storage.ts';
import type {
  AccountView,
  AppSettings,
  AppStatus,
  DemoView,
  ExportView,
  FunnelView,
  GapsPage,
  InboxEntry,
  InboxPage,
  IntakeView,
  MessagesPage,
  PollingView,
  ProviderInfo,
  ProviderSessionView,
  QrView,
  ReconcilePage,
  ReconcileView,
  ReplayResult,
  SendResult,
  SessionView,
  Timeline,
} from './views.ts';

type Ask<S extends z.ZodType, O> = { readonly input: S; readonly output?: O };
function ask<S extends z.ZodType>(input: S): { gives<O>(): Ask<S, O> } {
  return { gives: () => ({ input }) };
}

const nothing = z.strictObject({}).optional();
const backupId = z.string().min(1).max(80);
const account = z.string().min(1).max(64);
const millis = z.int().min(0).max(8_640_000_000_000_000);
const cursor = z.string().min(1).max(200);
const shortText = z.string().trim().min(1).max(200);
const secretText = z.string().min(1).max(4096);
const status = z.enum(['queued', 'sent', 'delivered', 'read', 'played', 'failed']);
const settingsMap = z.record(z.string().max(64), z.string().max(2048));
const tag = z.string().trim().min(1).max(60);

export const tunnelSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('localtunnel'),
    host: z
      .url({ protocol: /^https?$/ })
      .max(300)
      .default('https://localtunnel.me'),
    name: z
      .string()
      .regex(/^[a-z0-9-]{4,63}$/)
      .optional(),
  }),
  z.strictObject({ kind: z.literal('own-url'), url: z.url({ protocol: /^https?$/ }).max(300) }),
  z.strictObject({ kind: z.literal('local') }),
  z.strictObject({ kind: z.literal('none') }),
]);

export const messageFilter = z.strictObject({
  account: account.optional(),
  status: z.union([status, z.array(status).max(6), z.literal('open'), z.literal('unknown')]).optional(),
  text: z.string().trim().max(200).optional(),
  from: millis.optional(),
  to: millis.optional(),
  tag: tag.optional(),
  kind: z.enum(['person', 'group']).optional(),
});
export type MessageFilter = z.infer<typeof messageFilter>;

const inboxState = z.enum(['kept', 'applied', 'duplicate', 'ignored', 'quarantined']);
export const inboxFilter = z.strictObject({
  account: account.optional(),
  state: z.union([inboxState, z.array(inboxState).max(5)]).optional(),
  source: z.enum(['webhook', 'poll', 'send', 'import', 'track']).optional(),
  /** Only entries up to this one: what arrives later does not join. */
  upTo: z.int().min(0).optional(),
});
export type InboxFilter = z.infer<typeof inboxFilter>;

/** A number, or the message (our own id, `m42`) to the person that is meant: where the screen is shared, the window knows no number. */
const whom = z.strictObject({
  recipient: z.string().min(3).max(200).optional(),
  message: z.string().min(2).max(20).optional(),
});

/** Days, or null for as long as the owner wants. */
const days = z.int().min(1).max(36_500).nullable().optional();
const retentionDays = z.strictObject({
  messages: days,
  bodies: days,
  deadLetters: days,
  ignored: days,
  waiting: days,
  gaps: days,
  exports: days,
});

const limit = z.int().min(1).max(200).default(50);

/** A name that the asker gives to a replay, to hear of its progress and to stop it. */
const job = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const replayChoices = {
  dryRun: z.boolean().default(false),
  /** Also what was quarantined because it cannot be true is applied. */
  anyway: z.boolean().default(false),
  job: job.optional(),
};

export const requests = {
  'app.status': ask(nothing).gives<AppStatus>(),
  'settings.put': ask(
    z.strictObject({
      theme: z.enum(['system', 'light', 'dark']).optional(),
      storeText: z.boolean().optional(),
      density: z.enum(['comfortable', 'compact']).optional(),
      sharedScreen: z.boolean().optional(),
    }),
  ).gives<AppSettings>(),
  'providers.list': ask(nothing).gives<{ providers: readonly ProviderInfo[] }>(),

  'accounts.create': ask(
    z.strictObject({
      provider: z.string().max(40),
      name: shortText,
      settings: settingsMap.default({}),
      secrets: z.record(z.string().max(64), secretText).default({}),
      tunnel: tunnelSettings.optional(),
    }),
  ).gives<{ accountId: string; webhookPath: string }>(),
  'accounts.list': ask(nothing).gives<{ accounts: readonly AccountView[] }>(),
  'accounts.get': ask(z.strictObject({ account })).gives<AccountView>(),
  'accounts.update': ask(
    z.strictObject({ account, name: shortText.optional(), settings: settingsMap.optional(), tunnel: tunnelSettings.optional() }),
  ).gives<AccountView>(),
  'accounts.remove': ask(z.strictObject({ account })).gives<{ removed: true; messages: number }>(),
  'accounts.putSecret': ask(z.strictObject({ account, slot: z.string().min(1).max(64), value: secretText })).gives<AccountView>(),

  'session.list': ask(z.strictObject({ account })).gives<{ sessions: readonly ProviderSessionView[] }>(),
  'session.create': ask(z.strictObject({ account, name: shortText, phone: z.string().max(32) })).gives<SessionView>(),
  'session.choose': ask(z.strictObject({ account, session: z.string().min(1).max(64) })).gives<SessionView>(),
  'session.connect': ask(z.strictObject({ account })).gives<QrView>(),
  'session.qr': ask(z.strictObject({ account, refresh: z.boolean().default(false) })).gives<QrView>(),
  'session.status': ask(z.strictObject({ account, refresh: z.boolean().default(false) })).gives<SessionView>(),
  /** Takes over the key that the chosen session's details carry. Needs the personal access token. */
  'session.takeKey': ask(z.strictObject({ account })).gives<SessionView>(),

  'intake.status': ask(z.strictObject({ account: account.optional() }).optional()).gives<{ intakes: readonly IntakeView[] }>(),
  'intake.open': ask(z.strictObject({ account, tunnel: tunnelSettings.optional() })).gives<IntakeView>(),
  'intake.close': ask(z.strictObject({ account })).gives<IntakeView>(),
  /** Tells the provider the address of the open door once more, with every event that is needed. */
  'intake.tell': ask(z.strictObject({ account })).gives<IntakeView>(),

  'messages.page': ask(messageFilter.extend({ cursor: cursor.optional(), limit }).optional()).gives<MessagesPage>(),
  'messages.get': ask(z.strictObject({ account, messageId: z.string().min(1).max(200) })).gives<Timeline>(),
  'messages.track': ask(
    z.strictObject({
      account,
      messageId: z.string().min(1).max(200).optional(),
      providerMessageId: z.union([z.string().min(1).max(200), z.int()]).optional(),
      recipient: z.string().min(3).max(200),
      sentAt: millis.optional(),
      name: shortText.optional(),
      tags: z.array(tag).max(20).default([]),
      groupSize: z.int().min(1).max(2000).optional(),
    }),
  ).gives<{ id: string }>(),
  'messages.send': ask(z.strictObject({ account, recipient: z.string().min(3).max(200), text: z.string().min(1).max(4096) })).gives<SendResult>(),

  'inbox.page': ask(inboxFilter.extend({ cursor: cursor.optional(), limit }).optional()).gives<InboxPage>(),
  'inbox.get': ask(z.strictObject({ id: z.int().min(1) })).gives<InboxEntry>(),
  /** How many entries the filter matches, and the newest entry there is: with it as `upTo` the filter goes on matching just those. */
  'inbox.count': ask(inboxFilter).gives<{ count: number; upTo: number }>(),
  'inbox.replay': ask(
    z.union([
      z.strictObject({ ids: z.array(z.int().min(1)).min(1).max(10_000), ...replayChoices }),
      z.strictObject({ filter: inboxFilter, except: z.array(z.int().min(1)).max(10_000).optional(), ...replayChoices }),
    ]),
  ).gives<ReplayResult>(),
  'inbox.cancelReplay': ask(z.strictObject({ job })).gives<{ found: boolean }>(),

  'polling.status': ask(z.strictObject({ account: account.optional() }).optional()).gives<{ accounts: readonly PollingView[] }>(),
  'polling.now': ask(z.strictObject({ account })).gives<PollingView>(),
  'reconcile.run': ask(z.strictObject({ account: account.optional() }).optional()).gives<{ runs: readonly ReconcileView[] }>(),
  'reconcile.last': ask(z.strictObject({ account: account.optional() }).optional()).gives<{ runs: readonly ReconcileView[] }>(),
  /** Every going-over so far, newest first. */
  'reconcile.list': ask(z.strictObject({ account: account.optional(), cursor: cursor.optional(), limit }).optional()).gives<ReconcilePage>(),

  /** Stretches without an open door that had not ended by `from` and had begun before `to`, newest first. */
  'gaps.list': ask(
    z.strictObject({ account: account.optional(), from: millis.optional(), to: millis.optional(), cursor: cursor.optional(), limit }).optional(),
  ).gives<GapsPage>(),

  /** Looks at everything; with `ask`, also asks each provider and each public address, which costs a request of each account's limit. */
  'doctor.run': ask(z.strictObject({ ask: z.boolean().default(true) }).optional()).gives<DoctorReport>(),
  /** The newest report there is; makes none of its own except the very first. */
  'doctor.last': ask(nothing).gives<DoctorReport>(),

  'exports.start': ask(
    z.strictObject({
      format: z.enum(['csv', 'ndjson']),
      filter: messageFilter.default({}),
      columns: z.array(z.string().max(40)).min(1).max(40).optional(),
      /** Left out: as the screen is shared or not. */
      redact: z.boolean().optional(),
    }),
  ).gives<ExportView>(),
  'exports.status': ask(z.strictObject({ id: z.string().max(64).optional() }).optional()).gives<{ exports: readonly ExportView[] }>(),
  'exports.cancel': ask(z.strictObject({ id: z.string().max(64) })).gives<ExportView>(),

  'reports.funnel': ask(
    z.strictObject({ account: account.optional(), from: millis.optional(), to: millis.optional() }).optional(),
  ).gives<FunnelView>(),
  /** The last `days` days (UTC), today included; a week when left out. */
  'freshness.get': ask(z.strictObject({ account: account.optional(), days: z.int().min(1).max(366).optional() }).optional()).gives<FreshnessView>(),

  'privacy.status': ask(nothing).gives<PrivacyView>(),
  'privacy.set': ask(
    z.strictObject({ sharedScreen: z.boolean().optional(), retention: retentionDays.optional(), dryRun: z.boolean().default(false) }),
  ).gives<PrivacyView & { readonly wouldRemove: RetentionPreview | null }>(),
  'privacy.preview': ask(whom).gives<ErasePreviewView>(),
  'privacy.erase': ask(whom.extend({ reason: shortText.optional() })).gives<ErasureView>(),
  'privacy.allow': ask(z.strictObject({ erasureId: z.int().min(1) })).gives<ErasureView>(),
  'storage.status': ask(nothing).gives<StorageStatus>(),
  /** The owner has read the report of a recovery; it is not raised again. */
  'storage.seen': ask(z.strictObject({ id: z.string().min(1).max(40) })).gives<{ seen: true }>(),
  'backups.list': ask(nothing).gives<BackupsView>(),
  /** Answers when the copy is made and checked; its progress is pushed. */
  'backups.create': ask(nothing).gives<BackupView>(),
  'backups.preview': ask(z.strictObject({ id: backupId })).gives<BackupPreview>(),
  /** Sets the present records aside, puts the backup in their place and starts the engine again. */
  'backups.restore': ask(z.strictObject({ id: backupId })).gives<{ restarting: true }>(),

  'demo.start': ask(nothing).gives<{ accountId: string }>(),
  'demo.status': ask(nothing).gives<DemoView>(),
  'demo.set': ask(
    z.strictObject({
      pace: z.int().min(0).max(60_000).optional(),
      repeats: z.boolean().optional(),
      shuffles: z.boolean().optional(),
      losses: z.boolean().optional(),
      limits: z.boolean().optional(),
      outage: z.boolean().optional(),
      slow: z.boolean().optional(),
    }),
  ).gives<DemoView>(),

  /** Answered by the shell of the desktop app; the browser way says `unsupported`. */
  'shell.saveExport': ask(z.strictObject({ id: z.string().max(64) })).gives<{ saved: boolean; path: string | null }>(),
  'shell.openLink': ask(z.strictObject({ url: z.string().max(2000) })).gives<{ opened: boolean }>(),
} as const satisfies Record<RequestName, Ask<z.ZodType, unknown>>;

export type Requests = typeof requests;
/** What a caller may write (defaults may be left out). */
export type In<N extends RequestName> = z.input<Requests[N]['input']>;
/** What a handler receives. */
export type Parsed<N extends RequestName> = z.output<Requests[N]['input']>;
export type Out<N extends RequestName> = NonNullable<Requests[N]['output']>;
export type Handlers = { readonly [N in RequestName]: (input: Parsed<N>) => Promise<Out<N>> | Out<N> };
export type ShellRequestName = Extract<RequestName, `shell.${string}`>;
export type EngineHandlers = Omit<Handlers, ShellRequestName>;
