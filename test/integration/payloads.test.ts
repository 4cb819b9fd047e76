import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Timeline } from '../../src/shared/contract/views.ts';
import { type App, startApp } from '../support/app.ts';
import { addAccount } from '../support/openApp.ts';
import { untilAnswered } from '../support/until.ts';

type Fixture = { readonly promise: string; readonly shape: string; readonly source: string; readonly body: unknown };

const folder = new URL('../fixtures/payloads/wasenderapi/', import.meta.url);
const fixtures = new Map(
  readdirSync(folder).flatMap((file): [string, Fixture][] => {
    const fixture: Fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    return fixture.shape === 'webhook' ? [[file.replace('.json', ''), fixture]] : [];
  }),
);

const ONE = '3EB0EXAMPLE01';
const TWO = '3EB0EXAMPLE02';
const PHONE = '+15550002222';
const ANNA = '+15550003333';
const BERT = '+15550004444';

/** What `messages.get` must show after one webhook: of each message its status, and each step as `recipient: said, certainty`. */
type Shown = { readonly id: string; readonly status: string | null; readonly steps: readonly string[] };

const one = (status: string, certainty = 'stated', recipient = PHONE): Shown[] => [
  { id: ONE, status, steps: [`${recipient}: ${status}, ${certainty}`] },
];
/** A group's status is what everyone known has reached. */
const inGroup = (status: string, ...steps: string[]): Shown[] => [{ id: TWO, status, steps }];

/** The messages that each webhook is about. */
const SHOWN: Readonly<Record<string, readonly Shown[]>> = {
  'update-number': one('delivered'),
  'update-number-as-text': one('read'),
  'update-word': one('delivered'),
  'update-capitals': one('delivered'),
  'update-device': one('delivered'),
  'update-in-seconds': one('delivered'),
  'update-time-as-text': one('delivered'),
  'update-pending': one('queued'),
  'update-server-ack': one('sent'),
  'update-read': one('read'),
  'update-played': one('played'),
  'update-error': one('failed'),
  'update-from-me-absent': one('delivered'),
  'update-without-time': one('delivered', 'arrival'),
  'update-before-whatsapp': one('delivered', 'arrival'),
  'update-far-future': one('delivered', 'arrival'),
  'update-half-broken-list': one('delivered'),
  'update-lid': one('delivered'),
  'update-lid-cleaned': one('delivered'),
  'update-lid-alone': one('delivered', 'stated', '98700000000001@lid'),
  'update-lid-other-sender': one('delivered', 'stated', '98700000000001@lid'),
  'update-list': [...one('delivered'), { id: TWO, status: 'read', steps: [`${PHONE}: read, stated`] }],
  'update-group-sent': one('sent', 'stated', '120363000000000001@g.us'),
  'update-group-person': [{ id: ONE, status: 'read', steps: [`${ANNA}: read, stated`] }],
  'receipt-delivered': inGroup('delivered', `${ANNA}: delivered, stated`),
  'receipt-all-times': inGroup('played', `${ANNA}: delivered, stated`, `${ANNA}: read, stated`, `${ANNA}: played, stated`),
  'receipt-zero-time': inGroup('read', `${ANNA}: read, stated`),
  'receipt-lid-person': inGroup('read', `${ANNA}: read, stated`),
  'receipt-reader-is-not-participant': inGroup('read', `${BERT}: read, stated`),
  'receipt-sdk-list': inGroup('delivered', `${ANNA}: delivered, stated`, `${BERT}: read, stated`),
  'receipt-one-person-chat': [{ id: TWO, status: 'read', steps: [`${PHONE}: read, stated`] }],
  'sent-success': one('sent'),
  'sent-success-text': one('sent'),
  'sent-success-pending-beside': one('sent'),
  'sent-help-pages': one('sent'),
  'sent-with-both-ids': one('sent'),
  'sent-help-pages-number': [{ id: '58000001', status: 'queued', steps: [`${PHONE}: queued, stated`] }],
  'sent-failure-with-id': one('failed'),
  'upsert-own': one('sent'),
  'upsert-own-queued': one('queued'),
  // only the one that is marked as ours; the other waits until its message turns up
  delete: [{ id: ONE, status: null, steps: [`${PHONE}: deleted, stated`] }],
};

/** Those that say nothing about a message of ours, and the state in which Events shows them. */
const NOTHING_SHOWN: Readonly<Record<string, string>> = {
  'update-from-me-false': 'ignored',
  'update-edit': 'ignored',
  'update-unknown-status': 'ignored',
  'update-unknown-status-secret': 'ignored',
  'update-without-id': 'quarantined',
  'receipt-says-nothing': 'quarantined',
  'sent-failure-without-id': 'applied',
  'delete-whole-chat': 'ignored',
  'upsert-customer': 'ignored',
  'upsert-own-reaction': 'ignored',
  'messages-received': 'ignored',
  'messages-personal-received': 'ignored',
  'messages-group-received': 'ignored',
  'messages-newsletter-received': 'ignored',
  'unknown-event': 'ignored',
  'no-event': 'quarantined',
  'no-data': 'quarantined',
  'not-an-object': 'quarantined',
  'session-unknown': 'ignored',
  qr: 'applied',
};

const stateOf = (name: string) =>
  NOTHING_SHOWN[name] ?? (/^(no-concern-|groups-update)/.test(name) ? 'ignored' : /^(session|contacts|groups)-/.test(name) ? 'applied' : undefined);

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => void (await app.stop()));

/** Posts it to an account of its own and waits until it is understood. */
async function arrive(fixture: Fixture, track?: string) {
  const { account, post } = await addAccount(app);
  if (track !== undefined) await app.rpc('messages.track', { account, messageId: track, recipient: PHONE });
  expect(await post(JSON.stringify(fixture.body))).toBe(200);
  const entry = await untilAnswered(async () => {
    const { rows } = await app.rpc('inbox.page', { account, source: 'webhook' });
    return rows[0]?.state === 'kept' ? undefined : rows[0];
  });
  return { account, entry };
}

function shownOf(id: string, { message, receipts }: Timeline): Shown {
  return { id, status: message.status, steps: receipts.map((receipt) => `${receipt.recipient}: ${receipt.said}, ${receipt.certainty}`) };
}

describe('every documented webhook, from the socket to the timeline', () => {
  it('has an expectation here', () => {
    const missing = [...fixtures.keys()].filter((name) => SHOWN[name] === undefined && stateOf(name) === undefined);
    expect(missing).toEqual([]);
  });

  it.each([...fixtures].filter(([name]) => SHOWN[name] !== undefined))('%s', async (name, fixture) => {
    const began = Date.now();
    const { account, entry } = await arrive(fixture);
    const expected = SHOWN[name] ?? [];
    const { rows } = await app.rpc('messages.page', { account });
    expect(rows, fixture.promise).toHaveLength(expected.length);
    for (const each of expected) {
      const timeline = await app.rpc('messages.get', { account, messageId: each.id });
      expect(shownOf(each.id, timeline), fixture.promise).toEqual(each);
      for (const receipt of timeline.receipts) {
        expect(receipt).toMatchObject({ source: 'webhook', inboxId: entry.id, repeats: 0 });
        if (receipt.certainty === 'arrival') expect(receipt.at).toBeGreaterThanOrEqual(began);
        expect(receipt.receivedAt).toBeGreaterThanOrEqual(began);
      }
    }
    expect(entry.state).toBe(name === 'update-half-broken-list' ? 'quarantined' : 'applied');
  });

  it.each([...fixtures].filter(([name]) => SHOWN[name] === undefined))('%s shows no message, and says why', async (name, fixture) => {
    const { account, entry } = await arrive(fixture);
    expect(entry.state, fixture.promise).toBe(stateOf(name));
    if (entry.state !== 'applied') expect(entry.reason?.length).toBeGreaterThan(8);
    expect((await app.rpc('messages.page', { account })).rows).toEqual([]);
  });

  it('a receipt that is not marked as ours is shown once its message is known', async () => {
    const fixture = fixtures.get('update-from-me-false');
    if (fixture === undefined) throw new Error('no such fixture');
    const known = await arrive(fixture, ONE);
    expect((await app.rpc('messages.get', { account: known.account, messageId: ONE })).message.status).toBe('delivered');
    const later = await arrive(fixture);
    await app.rpc('messages.track', { account: later.account, messageId: ONE, recipient: PHONE });
    expect((await app.rpc('messages.get', { account: later.account, messageId: ONE })).message.status).toBe('delivered');
    expect((await app.rpc('inbox.get', { id: later.entry.id })).state).toBe('applied');
  });

  it('the session’s state is shown as the webhook tells it', async () => {
    for (const [name, state] of [
      ['session-connected', 'connected'],
      ['session-logged-out', 'logged_out'],
      ['session-NEED-SCAN-capitals', 'need_scan'],
      ['session-expired', 'expired'],
    ] as const) {
      const fixture = fixtures.get(name);
      if (fixture === undefined) throw new Error('no such fixture');
      const { account } = await arrive(fixture);
      expect((await app.rpc('session.status', { account })).state).toBe(state);
    }
  });
});
