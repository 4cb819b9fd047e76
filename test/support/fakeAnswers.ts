/** What the fake engine answers unless a test says otherwise: a bakery's morning. */

import { matches } from '../../src/renderer/src/state/filter.ts';
import { inboxMatches } from '../../src/renderer/src/state/inbox.ts';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { FreshnessView } from '../../src/shared/contract/freshness.ts';
import type { AccountView, AppStatus, InboxEntry, InboxRow, IntakeView, MessageRow, Timeline } from '../../src/shared/contract/views.ts';
import { aMorning, SHOP } from './aMessage.ts';
import type { FakeAnswers } from './fakeApi.ts';

const ok = <T>(value: T): Answer<T> => ({ ok: true, value });
const missing = (what: string): Answer<never> => ({ ok: false, error: { code: 'not_found', message: `There is no such ${what}.`, retry: false } });

export function fakeAnswers(now: () => number, seq: () => number): FakeAnswers {
  const rows = aMorning(now());
  const inbox = someInbox(now());
  let settings: AppStatus['settings'] = { theme: 'system', storeText: false, density: 'comfortable', sharedScreen: false };
  return {
    'app.status': () => ok(aStatus(now(), seq(), settings)),
    'settings.put': (input) => {
      settings = { ...settings, ...input };
      return ok(settings);
    },
    'accounts.list': () => ok({ accounts: [anAccount(now())] }),
    'intake.status': () => ok({ intakes: [anIntake(now())] }),
    'gaps.list': () => ok({ rows: [], nextCursor: null }),
    'doctor.last': () => ok({ at: now(), asked: false, findings: [], needs: 0, database: null, text: '' }),
    'freshness.get': () => ok(someFreshness(now())),
    'reconcile.last': () => ok({ runs: [] }),
    'demo.status': () =>
      ok({
        running: false,
        account: null,
        url: null,
        switches: { pace: 30, repeats: false, shuffles: false, losses: false, limits: false, outage: false, slow: false },
      }),
    'privacy.status': () =>
      ok({
        sharedScreen: false,
        retention: { messages: 365, bodies: 30, deadLetters: 90, ignored: 30, waiting: 14, gaps: 365, exports: 1 },
        defaults: { messages: 365, bodies: 30, deadLetters: 90, ignored: 30, waiting: 14, gaps: 365, exports: 1 },
        lastSweep: null,
        erasures: [],
      }),
    'reports.funnel': () =>
      ok({
        from: now() - 3_600_000,
        to: now(),
        total: 130,
        queued: 130,
        sent: 128,
        delivered: 124,
        read: 91,
        failed: 2,
        unknown: 0,
        medianMsToDeliver: 1400,
        medianMsToRead: 660_000,
      }),
    'messages.page': (input) => {
      const { cursor, limit = 50, ...filter } = input ?? {};
      const found = rows.filter((row) => matches(row, filter));
      const from = Number(cursor ?? 0);
      return ok({ rows: found.slice(from, from + limit), nextCursor: from + limit < found.length ? String(from + limit) : null, seq: seq() });
    },
    'messages.get': ({ messageId }) => {
      const row = rows.find((one) => one.id === messageId);
      return row ? ok(aTimeline(row, seq())) : missing('message');
    },
    'messages.send': () => ok({ id: 'm906', messageId: null, providerMessageId: '58000009', status: 'queued' }),
    'inbox.page': (input) => {
      const { cursor, limit = 50, ...filter } = input ?? {};
      const found = inbox.filter((row) => inboxMatches(row, filter));
      const from = Number(cursor ?? 0);
      const counts = { kept: 0, applied: 4012, duplicate: 63, ignored: 118, quarantined: 2, rejected: 4 };
      return ok({ rows: found.slice(from, from + limit), nextCursor: from + limit < found.length ? String(from + limit) : null, counts, seq: seq() });
    },
    'inbox.get': ({ id }) => {
      const row = inbox.find((one) => one.id === id);
      return row ? ok(anEntry(row)) : missing('entry');
    },
    'inbox.replay': (input) =>
      ok({
        entries: 'ids' in input ? input.ids.length : 2,
        applied: 1,
        ignored: 0,
        quarantined: 1,
        unchanged: 0,
        messagesChanged: 1,
        dryRun: input.dryRun ?? false,
        cancelled: false,
        changes: [
          {
            id: 'm7',
            account: 'acc_1',
            messageId: '3EB0EXAMPLE07',
            recipient: '+447700900219',
            name: 'Ada',
            before: { status: 'sent', steps: {}, group: null, failure: null },
            after: { status: 'delivered', steps: { delivered: { at: 1_770_000_000_000, how: 'stated' } }, group: null, failure: null },
          },
        ],
        moves: [{ from: 'sent', to: 'delivered', count: 1 }],
        portions: 1,
      }),
    'inbox.count': (filter) => ok({ count: inbox.filter((row) => inboxMatches(row, filter)).length, upTo: 4_195 }),
    'inbox.cancelReplay': () => ok({ found: false }),
    'exports.start': ({ format, redact = false }) =>
      ok({
        id: 'x1',
        format,
        state: 'running',
        rows: 0,
        total: 406,
        bytes: 0,
        redacted: redact,
        fileName: `tickline-messages.${format}`,
        fingerprint: null,
        startedAt: now(),
        finishedAt: null,
        error: null,
        link: null,
      }),
  };
}

export function aStatus(now: number, seq: number, settings: AppStatus['settings']): AppStatus {
  return {
    version: '0.1.0',
    mode: 'browser',
    sqlite: '3.51.2',
    dataFolder: '/home/baker/.local/share/tickline',
    startedAt: now - 7_300_000,
    uptimeMs: 7_300_000,
    listener: 'http://127.0.0.1:41782',
    vault: { backend: 'key file', protects: true, words: 'Encrypted with a key file that only your user may read.' },
    headline: { since: now - 3 * 86_400_000, total: 420, known: 412, checking: 8, unknown: 0, secondsToGo: 120 },
    settings,
    seq,
  };
}

export function anAccount(now: number, part: Partial<AccountView> = {}): AccountView {
  return {
    id: SHOP,
    provider: 'wasenderapi',
    providerName: 'WASenderApi',
    name: 'Sun Bakery',
    demo: false,
    createdAt: now - 40 * 86_400_000,
    settings: {},
    tunnel: { kind: 'localtunnel', host: 'https://localtunnel.me', name: 'quiet-river-4821' },
    webhookPath: '/w/0123456789abcdef',
    secrets: [
      { name: 'personalAccessToken', setAt: now - 40 * 86_400_000 },
      { name: 'apiKey', setAt: now - 40 * 86_400_000 },
    ],
    secretsTrouble: null,
    session: { account: SHOP, id: '41', name: 'Shop', phone: '+447700900219', state: 'connected', words: 'Connected.', since: now - 5_400_000 },
    ...part,
  };
}

export function anIntake(now: number, part: Partial<IntakeView> = {}): IntakeView {
  return {
    account: SHOP,
    state: 'live',
    words: 'Webhooks arrive through the tunnel.',
    publicUrl: 'https://quiet-river-4821.loca.lt',
    since: now - 600_000,
    why: null,
    cause: null,
    advice: null,
    nextTryAt: null,
    lastProofAt: now - 20_000,
    lastProofMs: 800,
    webhookRegistered: true,
    clockSkewMs: 120,
    clockWords: null,
    polling: {
      account: SHOP,
      active: false,
      perMinute: 60,
      learned: true,
      usedLastMinute: 12,
      due: 0,
      tracked: 8,
      waitUntil: null,
      secondsToGo: null,
      words: 'Ready. The provider allows 60 requests a minute; 12 were used.',
    },
    openGap: null,
    lastGap: null,
    ...part,
  };
}

const STEPS = ['queued', 'sent', 'delivered', 'read', 'failed'] as const;

export function aTimeline(row: MessageRow, seq: number): Timeline {
  const receipts = STEPS.flatMap((said, index) => {
    const step = row.steps[said];
    if (!step) return [];
    const one = {
      id: index + 1,
      said,
      status: said,
      recipient: row.recipient ?? '',
      person: null,
      at: step.at,
      certainty: step.how,
      after: step.after ?? null,
      reason: step.reason ?? null,
    };
    const source = said === 'queued' ? ('send' as const) : step.how === 'between' ? ('poll' as const) : ('webhook' as const);
    return [{ ...one, source, receivedAt: step.at + 300, inboxId: 5200 + index, repeats: said === 'read' ? 1 : 0 }];
  });
  const gaps = row.gaps.map((gap, id) => ({ id, account: row.account, ...gap, why: 'the tunnel moved', recovered: 6, reconciledAt: gap.to }));
  const names = [
    'Lena Vogel',
    'Marc Dubois',
    'Sana Iqbal',
    'Jonas Berg',
    'Rita Alves',
    'Omar Said',
    'Yuki Mori',
    'Eva Novak',
    'Pete Ward',
    'Ana Ruiz',
    'Ivo Petrov',
    'Mai Tran',
  ];
  const recipients = (row.group ? names : []).map((name, index) => ({
    recipient: `+4477009005${String(10 + index)}`,
    name,
    status: index < (row.group?.read ?? 0) ? ('read' as const) : ('delivered' as const),
    statusAt: row.firstAt + 60_000 * (index + 1),
    steps: {},
    failure: null,
  }));
  return { message: row, recipients, receipts, gaps, unseenWords: null, inbox: [], seq };
}

function someInbox(now: number): readonly InboxRow[] {
  return Array.from({ length: 300 }, (_, index) => {
    const state = index === 4 || index === 17 ? 'quarantined' : index % 9 === 6 ? 'duplicate' : index % 13 === 5 ? 'ignored' : 'applied';
    const poll = index % 8 === 3;
    return {
      id: 5300 - index,
      account: SHOP,
      source: poll ? 'poll' : 'webhook',
      shape: poll ? 'message-info' : 'webhook',
      event: poll ? null : state === 'ignored' ? 'chats.update' : index % 5 === 2 ? 'message.sent' : 'messages.update',
      state,
      reason:
        state === 'quarantined'
          ? 'update.status: expected a number or a known word, got “8”'
          : state === 'ignored'
            ? 'Chats are of no concern here.'
            : null,
      receivedAt: now - index * 21_000,
      bytes: 190 + ((index * 37) % 900),
      repeats: state === 'duplicate' ? 1 : 0,
      duplicateOf: state === 'duplicate' ? 5299 - index : null,
      removed: null,
    } satisfies InboxRow;
  });
}

function anEntry(row: InboxRow): InboxEntry {
  const body = {
    event: row.event,
    timestamp: row.receivedAt,
    sessionId: '‹masked›',
    data: {
      update: { status: row.state === 'quarantined' ? 8 : 3 },
      key: { remoteJid: '··· 132@s.whatsapp.net', id: '3EB0EXAMPLE9A41', fromMe: true },
    },
  };
  return {
    ...row,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'user-agent': 'WASender-Webhook/1', 'x-webhook-signature': '‹masked›' },
    messages: row.state === 'applied' ? [{ id: 'm904', messageId: '3EB0EXAMPLE9A41', said: 'delivered' }] : [],
  };
}

export function someFreshness(now: number): FreshnessView {
  const range = (ms: number) => ({ fromMs: ms / 1.19, toMs: ms });
  const times = (count: number, median: number, p95: number) => ({ count, median: range(median), p95: range(p95) });
  return {
    from: now - 6 * 86_400_000,
    to: now,
    accounts: [
      {
        account: SHOP,
        name: 'Sun Bakery',
        demo: false,
        doors: [
          { door: 'webhook', told: 1180, stated: times(1180, 420, 2_900), atMost: null, unknown: 0 },
          { door: 'poll', told: 26, stated: null, atMost: times(24, 95_000, 480_000), unknown: 2 },
          { door: 'send', told: 40, stated: null, atMost: null, unknown: 40 },
        ],
        heard: 1206,
        onlyAsked: 19,
        requests: { questions: 214, logPages: 12, interactive: 40, refused: 0, loop: 48_220, spared: 47_994 },
      },
    ],
    load: { minutes: 60, cpu: 0.004, rssBytes: 118_000_000, peakRssBytes: 126_000_000 },
  };
}
