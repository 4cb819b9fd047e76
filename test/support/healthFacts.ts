/** Facts of a computer on which all is well; a test changes the one thing that it is about. */
import type { AccountFacts, AskedFacts, Facts, SessionDetails } from '../../src/main/core/doctor/facts.ts';
import { fail, ok } from '../../src/main/core/domain/failure.ts';
import { anIntake } from './fakeAnswers.ts';

export const NOW = Date.UTC(2026, 10, 25, 9, 0, 0);
export const OURS = 'https://quiet-river-4821.loca.lt';
export const PATH = '/w/canary-path-of-this-account';
export const EVENTS = ['messages.update', 'message-receipt.update', 'message.sent', 'session.status'];

export function someFacts(change: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    accounts: [anAccount()],
    queue: { waiting: 0, quarantined: 0, oldestQuarantinedAt: undefined, rejected: 0 },
    disk: { folder: '/home/baker/.local/share/tickline', databaseBytes: 40_000_000, walBytes: 4_000_000, freeBytes: 80e9, totalBytes: 500e9 },
    storageTrouble: undefined,
    storage: { lastBackupAt: NOW - 3_600_000, checkedAt: NOW - 3_600_000, lastRecovery: null, problem: null },
    vault: { backend: 'keychain', protects: true, words: 'Keys are encrypted by the macOS keychain.' },
    program: {
      version: '0.1.0',
      sqlite: '3.54.1',
      mode: 'desktop',
      parts: [{ name: 'Chromium', version: '150.0.7871.99' }],
      frame: { name: 'Electron', version: '45.4.1', newest: '45.4.1', oldestSupported: 43, asOf: '2026-11-19' },
      startedAt: NOW - 7_200_000,
      timeZone: 'Europe/Madrid',
    },
    ...change,
  };
}

export function anAccount(change: Partial<AccountFacts> = {}): AccountFacts {
  return {
    id: 'acc_1',
    name: 'Sun Bakery',
    demo: false,
    provider: { name: 'WASenderApi', can: { qr: true, webhook: true, poll: true, pull: false, history: true, send: true } },
    wantedEvents: EVENTS,
    tunnel: { kind: 'localtunnel', host: 'https://localtunnel.me', name: 'quiet-river-4821' },
    webhookPath: PATH,
    providerIsNear: false,
    session: { account: 'acc_1', id: '41', name: 'Shop', phone: '+447700900219', state: 'connected', words: 'Connected', since: NOW - 5_400_000 },
    intake: anIntake(NOW),
    secrets: ['personalAccessToken', 'apiKey', 'webhookSecret'],
    secretsTrouble: undefined,
    pollTrouble: undefined,
    skews: [{ by: 'WASenderApi', ms: 300 }],
    reading: { unread: 40, everRead: true, oldestAt: null, newestAt: null },
    asked: undefined,
    ...change,
  };
}

/** Facts with one account, changed. */
export function withAccount(change: Partial<AccountFacts>): Facts {
  return someFacts({ accounts: [anAccount(change)] });
}

export function asked(change: Partial<AskedFacts> = {}): AskedFacts {
  return {
    at: NOW - 1_000,
    waitMs: undefined,
    details: ok(details()),
    byKey: ok('connected'),
    probe: { url: OURS, result: { verdict: 'live', at: NOW - 1_000, roundTripMs: 640, clockSkewMs: 200 } },
    ...change,
  };
}

export function details(change: Partial<SessionDetails> = {}): SessionDetails {
  return {
    state: 'connected',
    webhook: { url: OURS + PATH, enabled: true, events: EVENTS },
    keepsLog: undefined,
    readsIncoming: undefined,
    keyMatches: true,
    secretMatches: true,
    ...change,
  };
}

/** What the session's details say of the webhook, changed. */
export function withWebhook(change: Partial<NonNullable<SessionDetails['webhook']>>): Facts {
  return withAccount({ asked: asked({ details: ok(details({ webhook: { url: OURS + PATH, enabled: true, events: EVENTS, ...change } })) }) });
}

/** The self-check came back with this. */
export function withMiss(verdict: 'dead' | 'black-hole' | 'interstitial' | 'firewall' | 'stranger' | 'redirected', words: string): Facts {
  return withAccount({ asked: asked({ probe: { url: OURS, result: { verdict, at: NOW - 500, words } } }) });
}

export const refusedBy = (status: number) => fail('unauthorized', 'WASenderApi does not accept this key.', { detail: `HTTP ${status}` });
