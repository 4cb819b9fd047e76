import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requestNames } from '../../src/shared/contract/names.ts';
import type { App } from '../support/app.ts';
import {
  CANARY_KEY,
  CANARY_PHONE,
  CANARY_SECRET,
  CANARY_TOKEN,
  keysIn,
  plantedBodies,
  QUOTE_COUNT,
  quoteEverything,
  showsPhone,
} from '../support/canaries.ts';
import { openApp } from '../support/openApp.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { tempDir } from '../support/tempDir.ts';
import { untilAnswered } from '../support/until.ts';

async function open() {
  const provider = await startScriptedServer();
  onTestFinished(() => provider.close());
  quoteEverything(provider, 0);
  const data = join(await tempDir(), 'data');
  const app = await openApp({ data });
  const { accountId: account, webhookPath } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    settings: { baseUrl: `${provider.url}/api`, sessionId: '7' },
    secrets: { apiKey: CANARY_KEY, personalAccessToken: CANARY_TOKEN, webhookSecret: CANARY_SECRET },
    tunnel: { kind: 'local' },
  });
  return { app, data, provider, account, webhookPath };
}

async function understood(app: App): Promise<void> {
  await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue');
}

/** The text of a finished export. */
async function exported(app: App, format: 'csv' | 'ndjson', redact: boolean): Promise<string> {
  const { id } = await app.rpc('exports.start', { format, redact });
  const done = await untilAnswered(async () => {
    const { exports } = await app.rpc('exports.status', { id });
    return exports[0]?.state === 'running' ? undefined : exports[0];
  });
  expect(done).toMatchObject({ state: 'done', redacted: redact });
  const answer = await fetch(app.api + done.link, { headers: { authorization: `Bearer ${app.token}` } });
  return answer.text();
}

/** Every file under a folder, as bytes. */
async function files(folder: string): Promise<readonly (readonly [name: string, bytes: Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.filter((entry) => entry.isFile()).map(async (entry) => [entry.name, await readFile(join(entry.parentPath, entry.name))] as const),
  );
}

async function expectNoKeyOnDisk(data: string): Promise<void> {
  const found = await files(data);
  expect(found.map(([name]) => name)).toContain('tickline.sqlite');
  expect(found.filter(([, bytes]) => keysIn(bytes).length > 0).map(([name]) => name)).toEqual([]);
}

/** Everything the app wrote: no key, no number, and no way in. */
function expectSilentLog(app: App, webhookPath: string): void {
  expect(keysIn(app.stderr())).toEqual([]);
  expect(showsPhone(app.stderr())).toBe(false);
  expect(app.stderr()).not.toContain(webhookPath.slice(3));
  expect(app.stderr()).not.toContain(app.token);
}

describe('a planted key and a planted phone number', () => {
  it('that came in webhooks, whole or broken, show in no inbox view, no log line, no redacted export; the key in no file', async () => {
    const { app, data, webhookPath } = await open();
    const feed = await app.changes();
    const bodies = plantedBodies(Date.now() - 60_000);
    const headers = { 'x-webhook-signature': CANARY_SECRET, 'user-agent': `gateway/${CANARY_KEY} ${CANARY_TOKEN} +${CANARY_PHONE}` };
    for (const body of bodies) expect(await app.post(webhookPath, body, headers)).toBe(200);
    expect(await app.post(webhookPath, bodies[0] ?? '', { ...headers, 'content-type': `text/${CANARY_SECRET}; to=${CANARY_PHONE}` })).toBe(200);
    await understood(app);

    const page = await app.rpc('inbox.page', { limit: 200 });
    expect(page.rows.length).toBeGreaterThanOrEqual(bodies.length);
    const entries = await Promise.all(page.rows.map((row) => app.rpc('inbox.get', { id: row.id })));
    for (const entry of [page, ...entries]) {
      const shown = JSON.stringify(entry);
      expect(keysIn(shown), shown).toEqual([]);
      expect(showsPhone(shown), shown).toBe(false);
    }
    // the messages are there, and their numbers may be: they are what the owner looks at
    const messages = JSON.stringify(await app.rpc('messages.page', { limit: 200 }));
    expect(messages).toContain('3EB0CANARY01');
    expect(keysIn(messages)).toEqual([]);

    for (const format of ['csv', 'ndjson'] as const) {
      const redacted = await exported(app, format, true);
      expect(redacted).toContain('3EB0CANARY01');
      expect(keysIn(redacted)).toEqual([]);
      expect(showsPhone(redacted)).toBe(false);
      expect(keysIn(await exported(app, format, false))).toEqual([]);
    }
    const pushed = JSON.stringify(feed.seen);
    expect(pushed).toContain('inbox.changed');
    expect(keysIn(pushed)).toEqual([]);
    expect(showsPhone(JSON.stringify(feed.seen.filter((change) => change.name !== 'message.changed')))).toBe(false);
    feed.close();
    expectSilentLog(app, webhookPath);
    await expectNoKeyOnDisk(data);
    await app.kill('SIGTERM');
    await expectNoKeyOnDisk(data);
  });

  it('that a provider repeats in its errors show in no error, no view, no log line and no file', async () => {
    const { app, data, provider, account, webhookPath } = await open();
    const feed = await app.changes();
    const answers: unknown[] = [];
    await app.rpc('messages.track', { account, providerMessageId: 58000001, recipient: `+${CANARY_PHONE}` });
    for (let way = 0; way < QUOTE_COUNT; way++) {
      quoteEverything(provider, way);
      answers.push(
        await app.ask('session.status', { account, refresh: true }),
        await app.ask('session.list', { account }),
        await app.ask('session.connect', { account }),
        await app.ask('session.qr', { account, refresh: true }),
        await app.ask('session.choose', { account, session: '7' }),
        await app.ask('session.create', { account, name: 'Second', phone: '+44 7700 900219' }),
        await app.ask('messages.send', { account, recipient: `+${CANARY_PHONE}`, text: 'Hello' }),
        await app.ask('polling.now', { account }),
        await app.ask('reconcile.run', { account }),
        await app.ask('intake.open', { account, tunnel: { kind: 'local' } }),
      );
    }
    expect(answers.filter((answer) => JSON.stringify(answer).includes('"ok":false')).length).toBeGreaterThan(QUOTE_COUNT);
    for (const name of ['accounts.list', 'intake.status', 'polling.status', 'reconcile.last', 'inbox.page', 'app.status'] as const)
      answers.push(await app.ask(name));
    for (const answer of [...answers, feed.seen.filter((change) => change.name !== 'message.changed')]) {
      const shown = JSON.stringify(answer);
      expect(keysIn(shown), shown).toEqual([]);
      expect(showsPhone(shown), shown).toBe(false);
    }
    feed.close();
    expectSilentLog(app, webhookPath);
    await expectNoKeyOnDisk(data);
  });

  it('that an owner pastes into the wrong box are refused or masked, and never repeated', async () => {
    const { app, data, account, webhookPath } = await open();
    const create = (more: Record<string, unknown>) =>
      app.ask('accounts.create', {
        provider: 'wasenderapi',
        name: 'Second',
        settings: {},
        secrets: { webhookSecret: 'another-secret-0123' },
        tunnel: { kind: 'none' },
        ...more,
      });
    const answers = [
      await create({ name: CANARY_KEY }),
      await create({ name: `Shop ${CANARY_TOKEN}` }),
      await create({ settings: { sessionId: CANARY_KEY } }),
      await create({ settings: { baseUrl: CANARY_KEY } }),
      await create({ settings: { baseUrl: `https://www.wasenderapi.com/api/${CANARY_KEY}` } }),
      await create({ settings: { baseUrl: `https://u:${CANARY_KEY}@www.wasenderapi.com/api` } }),
      await create({ settings: { apiKey: CANARY_KEY } }),
      await create({ settings: { [CANARY_KEY]: '1' } }),
      await create({ secrets: { [CANARY_KEY]: '1' } }),
      await create({ provider: CANARY_TOKEN }),
      await create({ tunnel: { kind: CANARY_KEY } }),
      await create({ tunnel: { kind: 'own-url', url: `https://u:${CANARY_KEY}@tunnel.example` } }),
      await create({ tunnel: { kind: 'own-url', url: `https://tunnel.example/${CANARY_KEY}` } }),
      await create({ tunnel: { kind: 'localtunnel', host: `https://${CANARY_KEY}@tunnel.example` } }),
      await app.ask('accounts.update', { account, name: `Shop ${CANARY_KEY}` }),
      await app.ask('accounts.update', { account, settings: { baseUrl: `https://www.wasenderapi.com/${CANARY_TOKEN}` } }),
      await app.ask('accounts.update', { account, tunnel: { kind: 'own-url', url: `https://tunnel.example/?key=${CANARY_SECRET}` } }),
      await app.ask('intake.open', { account, tunnel: { kind: 'own-url', url: `https://tunnel.example/#${CANARY_KEY}` } }),
      await app.ask('accounts.putSecret', { account, slot: CANARY_KEY, value: CANARY_KEY }),
      await app.ask('accounts.putSecret', { account, slot: 'apiKey', value: `${CANARY_KEY} ${CANARY_KEY}` }),
    ];
    expect(answers.filter((answer) => answer.ok)).toEqual([]);
    expect(
      await app.ask('messages.track', {
        account,
        messageId: '3EB0TRACKED',
        recipient: '+447700900219',
        name: `Ann ${CANARY_KEY}`,
        tags: [CANARY_TOKEN],
      }),
    ).toMatchObject({ ok: true });
    // as the value of anything, in any request
    for (const name of requestNames) {
      for (const input of [
        CANARY_KEY,
        { account: CANARY_KEY },
        { account, messageId: CANARY_KEY },
        { id: CANARY_KEY },
        { [CANARY_KEY]: CANARY_PHONE },
        { account, cursor: CANARY_TOKEN },
      ])
        answers.push(await app.ask(name, input));
    }
    for (const answer of answers) expect(keysIn(JSON.stringify(answer)), JSON.stringify(answer)).toEqual([]);
    const { accounts } = await app.rpc('accounts.list');
    expect(keysIn(JSON.stringify([accounts, await app.rpc('messages.page')]))).toEqual([]);
    expectSilentLog(app, webhookPath);
    await expectNoKeyOnDisk(data);
  });
});
