import { describe, expect, it } from 'vitest';
import { syncServiceOf } from '../../../../src/main/core/doctor/checks/disk.ts';
import type { Facts } from '../../../../src/main/core/doctor/facts.ts';
import { CHECKS } from '../../../../src/main/core/doctor/index.ts';
import { fail, ok } from '../../../../src/main/core/domain/failure.ts';
import type { Finding, FindingLevel } from '../../../../src/shared/contract/health.ts';
import type { SessionState } from '../../../../src/shared/contract/views.ts';
import { anIntake } from '../../../support/fakeAnswers.ts';
import {
  anAccount,
  asked,
  details,
  NOW,
  OURS,
  PATH,
  refusedBy,
  someFacts,
  withAccount,
  withMiss,
  withWebhook,
} from '../../../support/healthFacts.ts';

const look = (facts: Facts): readonly Finding[] => CHECKS.flatMap((check) => check.look(facts));
const polling = anIntake(NOW).polling;
const shut = (change: Partial<Parameters<typeof anIntake>[1]> = {}) =>
  anIntake(NOW, {
    state: 'polling',
    publicUrl: null,
    webhookRegistered: false,
    why: 'It is shut.',
    words: 'It is shut. Meanwhile we ask.',
    ...change,
  });
const session = (state: SessionState) => ({ ...anAccount().session, state });
const trouble = (kind: 'full' | 'io' | 'refused' | 'busy' | 'damaged') => ({
  kind,
  since: NOW - 60_000,
  message: 'Nothing new can be saved.',
  detail: 'SQLITE_X',
  refused: 7,
});

type Safe = NonNullable<Facts['storage']>;
const safe = (change: Partial<Safe>): Safe => ({ lastBackupAt: NOW - 3_600_000, checkedAt: null, lastRecovery: null, problem: null, ...change });
const longRunning = { ...someFacts().program, startedAt: NOW - 86_400_000 };
const aRecovery = (entriesMissing: number): NonNullable<Safe['lastRecovery']> => ({
  id: 'r1',
  at: NOW - 60_000,
  kind: 'recovered',
  why: 'The database was damaged.',
  words: [`${entriesMissing} entries could not be read.`],
  base: 'backup',
  backup: { id: 'b1', createdAt: NOW - 3_600_000 },
  setAside: 'set-aside/r1',
  keptUntil: null,
  figures: { entriesKept: 10, entriesSalvaged: 5, entriesMissing, messagesSalvaged: 0, otherRowsSalvaged: 0 },
  missing: { ranges: [], after: null, newestAt: null },
  seen: false,
});

type Row = readonly [id: string, level: FindingLevel, facts: Facts, evidence: RegExp | null, next: RegExp | null, button: string | null];
const ROWS: readonly Row[] = [
  // session
  ['session.need_scan', 'problem', withAccount({ session: session('need_scan') }), /need scan/, /Scan the code/, 'connect'],
  ['session.logged_out', 'problem', withAccount({ session: session('logged_out') }), /logged out/, /Scan a new code/, 'connect'],
  ['session.expired', 'problem', withAccount({ session: session('expired') }), /expired/, /Renew/, 'connect'],
  ['session.disconnected', 'problem', withAccount({ session: session('disconnected') }), /disconnected/, /internet/, 'connect'],
  ['session.error', 'problem', withAccount({ session: session('error') }), /error/, /restarting/, null],
  [
    'session.logged_out',
    'problem',
    withAccount({ asked: asked({ details: ok(details({ state: 'logged_out' })) }) }),
    /as WASenderApi answered/,
    /Scan/,
    'connect',
  ],
  [
    'session.none',
    'problem',
    withAccount({ session: { ...session('unknown'), id: null }, secrets: ['personalAccessToken'] }),
    null,
    /Choose/,
    'connect',
  ],
  [
    'provider.unreachable',
    'problem',
    withAccount({ asked: asked({ details: fail('provider_unreachable', 'WASenderApi cannot be reached.', { detail: 'ENOTFOUND' }) }) }),
    /ENOTFOUND/,
    /internet/,
    null,
  ],
  [
    'provider.refuses',
    'problem',
    withAccount({ asked: asked({ details: fail('provider_refused', 'No active subscription.', { detail: 'HTTP 402' }) }) }),
    /HTTP 402/,
    /internet|state page/,
    null,
  ],
  ['provider.not-asked', 'note', withAccount({ asked: asked({ details: undefined, byKey: undefined, waitMs: 20_000 }) }), /20 s/, /after that/, null],
  // keys
  ['key.token-refused', 'problem', withAccount({ asked: asked({ details: refusedBy(401) }) }), /HTTP 401/, /Copy it once more/, 'settings'],
  ['key.session-refused', 'problem', withAccount({ asked: asked({ byKey: refusedBy(403) }) }), /HTTP 403/, /Copy it once more/, 'settings'],
  ['key.session-refused', 'problem', withAccount({ pollTrouble: refusedBy(401).error }), /HTTP 401/, /Copy it once more/, 'settings'],
  ['key.no-session-key', 'warning', withAccount({ secrets: ['personalAccessToken', 'webhookSecret'] }), null, /Copy the API key/, 'settings'],
  [
    'key.other-session',
    'problem',
    withAccount({ asked: asked({ details: ok(details({ keyMatches: false })) }) }),
    /Compared/,
    /chosen session/,
    'session.takeKey',
  ],
  [
    'key.locked',
    'problem',
    withAccount({ secrets: [], secretsTrouble: { words: 'A saved key cannot be read.', names: ['apiKey'] } }),
    /session key/,
    /Enter them again/,
    'settings',
  ],
  // webhook
  ['webhook.none', 'problem', withWebhook({ url: undefined }), /Read from/, /Set it again/, 'intake.tell'],
  ['webhook.disabled', 'problem', withWebhook({ enabled: false }), /Read from/, /switches them on/, 'intake.tell'],
  [
    'webhook.elsewhere',
    'problem',
    withWebhook({ url: 'https://hooks.example.net/somebody-elses-secret-path' }),
    /hooks\.example\.net$/m,
    /only one/,
    'intake.tell',
  ],
  ['webhook.old-address', 'problem', withWebhook({ url: `https://old-name.loca.lt${PATH}` }), /old-name\.loca\.lt$/m, /Set it again/, 'intake.tell'],
  [
    'webhook.events',
    'problem',
    withWebhook({ events: ['message.sent', 'session.status'] }),
    /messages\.update, message-receipt/,
    /all/,
    'intake.tell',
  ],
  [
    'webhook.other-secret',
    'problem',
    withAccount({ asked: asked({ details: ok(details({ secretMatches: false })) }) }),
    /Compared/,
    /Take over/,
    'session.takeKey',
  ],
  ['webhook.rejected', 'note', someFacts({ queue: { ...someFacts().queue, rejected: 4_000 } }), /4,000 requests/, /Settings/, null],
  ['webhook.no-secret', 'problem', withAccount({ secrets: ['personalAccessToken', 'apiKey'] }), null, /webhook secret/, 'settings'],
  [
    'webhook.by-hand',
    'warning',
    withAccount({ intake: anIntake(NOW, { webhookRegistered: false, cause: 'by-hand', why: 'With a session key alone it cannot be set.' }) }),
    /messages\.update/,
    /Enter the address/,
    'settings',
  ],
  // door
  [
    'door.firewall',
    'problem',
    withMiss('firewall', 'Forbidden (answer 403).'),
    /answer 403/,
    /POST requests to \/w\/\* and GET requests to \/n\/\* on quiet-river/,
    'settings',
  ],
  ['door.interstitial', 'problem', withMiss('interstitial', 'A page (answer 401).'), /answer 401/, /another tunnel|sign in/, 'settings'],
  ['door.stranger', 'problem', withMiss('stranger', 'Somebody else answers (answer 200).'), /answer 200/, /another name/, 'intake.open'],
  ['door.redirected', 'problem', withMiss('redirected', 'Elsewhere (answer 302).'), /answer 302/, /with https/, 'settings'],
  ['door.black-hole', 'problem', withMiss('black-hole', 'No answer within 10 seconds.'), /10 seconds/, /ports of the tunnel/, 'intake.open'],
  ['door.dead', 'problem', withMiss('dead', 'Closed (answer 503).'), /answer 503/, /tries by itself/, 'intake.open'],
  ['door.firewall', 'warning', withAccount({ intake: shut({ cause: 'firewall' }) }), /It is shut/, /managed rules/, 'settings'],
  ['door.no-service', 'warning', withAccount({ intake: shut({ cause: 'no-service' }) }), /It is shut/, /ports of tunnels/, 'intake.open'],
  ['door.refused', 'problem', withAccount({ intake: shut({ cause: 'refused' }) }), /It is shut/, /Settings/, 'settings'],
  ['door.closed', 'note', withAccount({ intake: shut({ cause: 'closed' }) }), /It is shut/, /Open it again/, 'intake.open'],
  ['door.fault', 'warning', withAccount({ intake: shut({ cause: 'fault' }) }), /It is shut/, /report/, 'intake.open'],
  [
    'door.not-told',
    'warning',
    withAccount({ intake: anIntake(NOW, { state: 'moved', cause: 'not-told', webhookRegistered: false }) }),
    /quiet-river/,
    /by itself/,
    'intake.open',
  ],
  ['door.not-https', 'problem', withAccount({ tunnel: { kind: 'own-url', url: 'http://receipts.example.com' } }), null, /https/, 'settings'],
  [
    'door.private-address',
    'problem',
    withAccount({ tunnel: { kind: 'own-url', url: 'https://192.168.178.20' } }),
    null,
    /internet can reach/,
    'settings',
  ],
  [
    'door.private-address',
    'problem',
    withAccount({ tunnel: { kind: 'own-url', url: 'https://bakery.local' } }),
    null,
    /internet can reach/,
    'settings',
  ],
  ['door.slow', 'warning', withAccount({ intake: anIntake(NOW, { lastProofMs: 7_000 }) }), /7\.0 s/, /another tunnel/, 'settings'],
  // clock
  ['clock.skewed', 'problem', withAccount({ skews: [{ by: 'WASenderApi', ms: 600_000 }] }), /10 min ahead of ours/, /automatic date/, null],
  ['clock.skewed', 'problem', withAccount({ skews: [{ by: 'WASenderApi', ms: -600_000 }] }), /10 min behind ours/, /automatic date/, null],
  [
    'clock.others',
    'note',
    withAccount({
      skews: [
        { by: 'WASenderApi', ms: 600_000 },
        { by: 'The way', ms: 400 },
      ],
    }),
    /The way: the same/,
    null,
    null,
  ],
  ['clock.year', 'problem', someFacts({ now: Date.UTC(2001, 0, 1) }), null, /automatic date/, null],
  ['clock.no-zone', 'note', someFacts({ program: { ...someFacts().program, timeZone: '' } }), null, /time zone/, null],
  // limits
  [
    'limits.held',
    'warning',
    withAccount({
      intake: anIntake(NOW, { polling: { ...polling, active: true, waitUntil: NOW + 900_000, words: 'Waiting because WASenderApi said so' } }),
    }),
    /15 min from now/,
    /other programs/,
    null,
  ],
  [
    'limits.too-many-open',
    'warning',
    withAccount({ intake: shut({ cause: 'dead', polling: { ...polling, active: true, perMinute: 256, tracked: 5_000, due: 4_000 } }) }),
    /5,000 messages still asked about/,
    /webhooks/,
    'intake.open',
  ],
  // receipts
  ['receipts.no-log', 'note', withAccount({ asked: asked({ details: ok(details({ keepsLog: false })) }) }), /log_messages: off/, /switch on/, null],
  [
    'receipts.reads-incoming',
    'note',
    withAccount({ asked: asked({ details: ok(details({ readsIncoming: true })) }) }),
    /read_incoming/,
    /switch it off/,
    null,
  ],
  [
    'receipts.reads-off',
    'warning',
    withAccount({ reading: { unread: 48, everRead: false, oldestAt: NOW - 9 * 86_400_000, newestAt: NOW - 3_600_000 } }),
    /48 messages delivered/,
    /Read receipts on/,
    null,
  ],
  // database
  ['database.full', 'problem', someFacts({ storageTrouble: trouble('full') }), /7 entries turned away/, /Free some space/, null],
  ['database.io', 'problem', someFacts({ storageTrouble: trouble('io') }), /SQLITE_X/, /backup/, null],
  ['database.damaged', 'problem', someFacts({ storageTrouble: trouble('damaged') }), /SQLITE_X/, /Restart/, null],
  ['database.wal', 'warning', someFacts({ disk: { ...someFacts().disk, walBytes: 700e6 } }), /700\.0 MB/, /other programs/, null],
  [
    'database.quarantine',
    'warning',
    someFacts({ queue: { waiting: 0, quarantined: 3, oldestQuarantinedAt: NOW - 3 * 86_400_000, rejected: 0 } }),
    /3 days ago/,
    /replay/,
    'events',
  ],
  [
    'database.backlog',
    'note',
    someFacts({ queue: { waiting: 60_000, quarantined: 0, oldestQuarantinedAt: undefined, rejected: 0 } }),
    null,
    null,
    null,
  ],
  // backups
  ['backups.none', 'warning', someFacts({ storage: safe({ lastBackupAt: null }), program: longRunning }), /Running for/, /Make one now/, null],
  [
    'backups.none',
    'warning',
    someFacts({ storage: safe({ lastBackupAt: null, problem: 'the disk is full' }) }),
    /the disk is full/,
    /Make one now/,
    null,
  ],
  [
    'backups.old',
    'warning',
    someFacts({ storage: safe({ lastBackupAt: NOW - 9 * 86_400_000 }), program: longRunning }),
    /Last backup/,
    /Make one now/,
    null,
  ],
  [
    'backups.recovered',
    'problem',
    someFacts({ storage: safe({ lastRecovery: aRecovery(3) }) }),
    /3 entries could not be read/,
    /Backups below/,
    null,
  ],
  ['backups.recovered', 'warning', someFacts({ storage: safe({ lastRecovery: aRecovery(0) }) }), /set-aside/, /Backups below/, null],
  // disk
  ['disk.full', 'problem', someFacts({ disk: { ...someFacts().disk, freeBytes: 50e6 } }), /50\.0 MB/, /Free some space/, null],
  ['disk.small', 'warning', someFacts({ disk: { ...someFacts().disk, freeBytes: 3e9, databaseBytes: 2e9 } }), /2\.0 GB/, /larger disk/, null],
  ['disk.network', 'warning', someFacts({ disk: { ...someFacts().disk, network: 'NFS' } }), /tickline/, /disk of this computer/, null],
  [
    'disk.synced',
    'warning',
    someFacts({ disk: { ...someFacts().disk, folder: 'C:\\Users\\ann\\OneDrive - Bakery\\tickline' } }),
    /OneDrive/,
    /Move/,
    null,
  ],
  // program
  [
    'program.frame-behind',
    'warning',
    someFacts({
      program: { ...someFacts().program, frame: { name: 'Electron', version: '45.1.9', newest: '45.4.1', oldestSupported: 43, asOf: '2026-11-19' } },
    }),
    /2026-11-19/,
    /newest Tickline/,
    null,
  ],
  [
    'program.frame-unsupported',
    'problem',
    someFacts({
      program: {
        ...someFacts().program,
        frame: { name: 'Electron', version: '33.4.11', newest: undefined, oldestSupported: 43, asOf: '2026-11-19' },
      },
    }),
    /33\.4\.11/,
    /newest Tickline/,
    null,
  ],
  [
    'program.no-keyring',
    'warning',
    someFacts({ vault: { backend: 'basic_text', protects: false, words: 'Keys are not protected.' } }),
    null,
    /keyring/,
    null,
  ],
  ['program.key-file', 'note', someFacts({ vault: { backend: 'key-file', protects: false, words: 'A file opens them.' } }), null, /passphrase/, null],
  [
    'program.vault-trouble',
    'warning',
    someFacts({ vault: { backend: 'dpapi', protects: true, words: 'w', trouble: 'The file was damaged.' } }),
    /w/,
    /Settings/,
    'settings',
  ],
];

describe('the doctor names each cause with its evidence and the next step', () => {
  it.each(ROWS)('%s (%s)', (id, level, facts, evidence, next, button) => {
    const found = look(facts).find((one) => one.id === id);
    expect(found, JSON.stringify(look(facts).map((one) => one.id))).toBeDefined();
    if (found === undefined) return;
    expect(found.level).toBe(level);
    expect(found.title).not.toBe('');
    expect(found.cause).toMatch(/[.!?]$/);
    if (evidence !== null) expect(found.evidence.join('\n')).toMatch(evidence);
    if (next === null) expect(found.nextStep).toBeNull();
    else expect(found.nextStep).toMatch(next);
    expect(found.action === null ? null : found.action.kind === 'go' ? found.action.screen : found.action.request).toBe(button);
  });

  it('and every problem and warning there can be says what the owner can do', () => {
    const needing = ROWS.flatMap(([, , facts]) => look(facts)).filter((one) => one.level === 'problem' || one.level === 'warning');
    expect(needing.filter((one) => one.nextStep === null).map((one) => one.id)).toEqual([]);
  });
});

describe('where all is well', () => {
  it('nothing needs the owner, asked or not', () => {
    for (const facts of [someFacts(), withAccount({ asked: asked() })]) expect(look(facts).filter((one) => one.level !== 'ok')).toEqual([]);
    expect(look(withAccount({ asked: asked() })).map((one) => one.id)).toEqual([
      'database.fine',
      'backups.fine',
      'disk.fine',
      'session.connected',
      'key.fine',
      'door.live',
      'webhook.fine',
      'clock.fine',
      'program.fine',
      'program.vault',
    ]);
  });

  it('an owner who wants no way in is not told to open one', () => {
    const facts = withAccount({ tunnel: { kind: 'none' }, intake: shut({ cause: 'no-tunnel' }), asked: asked({ probe: undefined }) });
    expect(look(facts).filter((one) => one.level === 'problem' || one.level === 'warning')).toEqual([]);
  });

  it('what was read before the door last changed is not held against it', () => {
    const before = asked({ at: NOW - 900_000, details: ok(details({ webhook: { url: undefined, enabled: false, events: [] } })) });
    expect(look(withAccount({ asked: before })).map((one) => one.id)).toContain('webhook.told');
  });

  it('a self-check that failed before the door was proven again is forgotten', () => {
    const missed = asked({ probe: { url: OURS, result: { verdict: 'dead', at: NOW - 60_000, words: 'dead' } } });
    expect(look(withAccount({ asked: missed, intake: anIntake(NOW, { lastProofAt: NOW - 5_000 }) })).map((one) => one.id)).toContain('door.live');
  });

  it('a gateway on the own network may be reached on the own network', () => {
    const facts = withAccount({ tunnel: { kind: 'own-url', url: 'http://192.168.178.20:41782' }, providerIsNear: true });
    expect(look(facts).map((one) => one.id)).toContain('door.live');
  });

  it('of a session that is not linked it is told once that nothing can be asked', () => {
    const pollTrouble = fail('provider_refused', 'The WhatsApp session is not connected.', { retry: true }).error;
    const ids = look(withAccount({ session: session('need_scan'), pollTrouble })).map((one) => one.id);
    expect(ids).toContain('session.need_scan');
    expect(ids).not.toContain('provider.refuses');
  });

  it('a session key alone is enough', () => {
    const facts = withAccount({
      session: { ...anAccount().session, id: null },
      secrets: ['apiKey', 'webhookSecret'],
      asked: asked({ details: undefined }),
    });
    expect(look(facts).filter((one) => one.level !== 'ok')).toEqual([]);
  });
});

describe('folders that a service copies while they change', () => {
  it.each([
    ['/Users/ann/Library/Mobile Documents/com~apple~CloudDocs/tickline', 'iCloud'],
    ['/home/ann/Dropbox/tickline', 'Dropbox'],
    ['C:\\Users\\ann\\OneDrive\\Documents\\tickline', 'OneDrive'],
    ['/Users/ann/Library/CloudStorage/GoogleDrive-ann@example.com/My Drive/t', 'Google Drive'],
    ['/home/ann/Nextcloud/t', 'Nextcloud'],
    ['/home/ann/dropboxes/tickline', undefined],
    ['/home/ann/.local/share/tickline', undefined],
  ])('%s: %s', (folder, service) => {
    expect(syncServiceOf(folder)).toBe(service);
  });
});
