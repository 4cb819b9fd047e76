/** The keyring changed, or the file of saved keys broke: the start goes on, the owner is asked, and then everything goes on. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { startTestShop } from '../support/demoShop.ts';
import { KEY, openApp, SECRET } from '../support/openApp.ts';
import { tempDir } from '../support/tempDir.ts';
import { untilAnswered } from '../support/until.ts';

const BODY = JSON.stringify({ event: 'something.new', data: {} });

/** An app with an account that was connected and then stopped. */
async function anEarlierRun() {
  const data = await tempDir();
  const far = await startTestShop({ clock: createSystemClock(), seed: 3, timeScale: 0.1, pace: 0, connected: true });
  onTestFinished(() => far.shop.stop());
  const app = await openApp({ data });
  const { accountId: account, webhookPath } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Sun Bakery',
    settings: { baseUrl: far.url },
    secrets: { apiKey: KEY, webhookSecret: SECRET },
    tunnel: { kind: 'local' },
  });
  await app.rpc('intake.open', { account });
  expect(await app.post(webhookPath, BODY, { 'x-webhook-signature': SECRET })).toBe(200);
  await app.stop();
  return { data, account, webhookPath };
}

describe.each([
  [
    'another key locks the file than the one that locked it',
    (data: string) => writeFile(join(data, 'vault.key'), Buffer.alloc(32, 7).toString('base64')),
    /locked in another way/,
  ],
  ['the file of saved keys is damaged', (data: string) => writeFile(join(data, 'vault.json'), '{"version":1,"secr'), /damaged/],
])('when %s', (_what, harm, told) => {
  it('everything starts, says what is missing, and goes on once the keys are entered', async () => {
    const { data, account, webhookPath } = await anEarlierRun();
    await harm(data);
    const before = await readFile(join(data, 'vault.json'), 'utf8');
    const app = await openApp({ data });
    const shown = await app.rpc('accounts.get', { account });
    expect(shown.session).toMatchObject({ state: 'unknown', words: expect.stringContaining('enter it again') });
    expect(shown.secretsTrouble?.names).toEqual(expect.arrayContaining(['apiKey', 'webhookSecret']));
    expect(shown.secretsTrouble?.words).toMatch(/enter/);
    expect((await app.rpc('app.status')).vault.trouble).toMatch(told);
    expect(await app.ask('session.status', { account, refresh: true })).toMatchObject({ ok: false, error: { code: 'vault_unavailable' } });
    expect((await app.rpc('inbox.page')).rows).toHaveLength(1);

    // nothing that comes can be proven, and nothing is asked: that is a gap, however open the door
    await untilAnswered(async () => (await app.rpc('intake.status', { account })).intakes[0]?.state === 'live', 'the door');
    expect(await app.post(webhookPath, BODY, { 'x-webhook-signature': SECRET })).toBe(503);
    expect((await app.rpc('intake.status', { account })).intakes[0]?.openGap).toMatchObject({ why: expect.stringContaining('could not be opened') });
    const names = await readdir(data);
    const kept = await Promise.all(names.filter((name) => name.startsWith('vault.json')).map((name) => readFile(join(data, name), 'utf8')));
    expect(kept).toContain(before);

    await app.rpc('accounts.putSecret', { account, slot: 'apiKey', value: KEY });
    const entered = await app.rpc('accounts.putSecret', { account, slot: 'webhookSecret', value: SECRET });
    expect(entered.secretsTrouble).toBeNull();
    expect(await app.post(webhookPath, BODY, { 'x-webhook-signature': SECRET })).toBe(200);
    await untilAnswered(async () => (await app.rpc('intake.status', { account })).intakes[0]?.openGap === null, 'the gap to close');
    await app.stop();
    const later = await openApp({ data });
    expect((await later.rpc('accounts.get', { account })).secretsTrouble).toBeNull();
    expect(later.stderr()).not.toContain('secrets.not-opened');
  });
});
