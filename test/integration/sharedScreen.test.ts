import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { maskId, shortName } from '../../src/main/core/read/redact.ts';
import { sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { addAccount, openApp } from '../support/openApp.ts';
import { untilAnswered } from '../support/until.ts';
import { aboutThem, type Planted, spaced } from '../trials/plant.ts';

const THEM: Planted = { digits: '447700912345', lid: '98123456789012', name: 'Amara Quartermain Osei' };
/** What must not leave the engine: the number in any spelling that ends the same, the hidden address, the name. */
const TELLING = [THEM.digits, spaced(THEM.digits), THEM.digits.slice(2), THEM.lid, 'Quartermain', 'Amara'];

function toldIn(text: string): readonly string[] {
  return TELLING.filter((word) => text.includes(word));
}

it('nothing that the window is shown tells a number or a name while the screen is shared, nor does an export', async () => {
  const app = await openApp();
  await app.rpc('settings.put', { storeText: true });
  const { account, post } = await addAccount(app);
  const changes = await app.changes();
  const now = Date.now();
  for (const body of aboutThem(THEM, now - 60_000)) expect(await post(body)).toBe(200);
  // an id with the address in it, a failure that quotes the number, and texts that do
  const chat = `${THEM.digits}@s.whatsapp.net`;
  await post(
    JSON.stringify(sent({ apiKey: 'x', at: now, waId: `true_${chat}_3EB0X`, to: chat, text: `Call ${spaced(THEM.digits)}, says ${THEM.name}` })),
  );
  await post(JSON.stringify(statusUpdate({ apiKey: 'x', at: now, waId: `true_${chat}_3EB0X`, chat, status: 0 })));
  await app.rpc('messages.track', { account, messageId: 'T1', recipient: THEM.digits, name: THEM.name, tags: [`vip ${spaced(THEM.digits)}`] });
  await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue');

  const everything = async () => {
    const page = await app.rpc('messages.page', { limit: 200 });
    const events = await app.rpc('inbox.page', { limit: 200 });
    const answers: unknown[] = [page, events, await app.rpc('inbox.replay', { ids: events.rows.map((row) => row.id), dryRun: true })];
    for (const row of page.rows) answers.push(await app.rpc('messages.get', { account, messageId: row.id }));
    for (const row of events.rows) answers.push(await app.rpc('inbox.get', { id: row.id }));
    answers.push(await app.rpc('accounts.list'), await app.rpc('doctor.last'), await app.rpc('gaps.list', { limit: 20 }));
    return JSON.stringify(answers);
  };
  // what is looked for is really there
  expect(toldIn(await everything())).toEqual(expect.arrayContaining([THEM.digits, spaced(THEM.digits), 'Amara']));

  await app.rpc('privacy.set', { sharedScreen: true });
  const heard = changes.seen.length;
  expect(toldIn(await everything())).toEqual([]);
  await post(JSON.stringify(statusUpdate({ apiKey: 'x', at: now + 1000, waId: '3EB0ERASE04', chat, status: 4 })));
  await untilAnswered(
    async () => changes.seen.slice(heard).some((change) => change.name === 'message.changed' && change.value.rows.length > 0),
    'a pushed row',
  );
  expect(toldIn(JSON.stringify(changes.seen.slice(heard)))).toEqual([]);
  changes.close();

  for (const format of ['csv', 'ndjson'] as const) {
    const { id } = await app.rpc('exports.start', { format });
    const [view] = await untilAnswered(async () => {
      const { exports } = await app.rpc('exports.status', { id });
      return exports[0]?.state === 'done' ? exports : undefined;
    }, 'an export');
    expect(view?.redacted).toBe(true);
    const file = await readFile(`${app.data}/exports/${id}.${format}`, 'utf8');
    expect(file).toContain('T1');
    expect(toldIn(file)).toEqual([]);
  }
  expect((await app.rpc('exports.start', { format: 'csv', redact: false })).redacted).toBe(false);
});

it('ids keep what tells messages apart and lose what tells people', () => {
  expect(maskId('true_447700912345@c.us_3EB0ABCDEF012345', '+447700912345')).toBe('true_···345@c.us_3EB0ABCDEF012345');
  expect(maskId('447700912345-1410000000@g.us', null)).toBe('···345-···000@g.us');
  expect(maskId('58000001', '+447700912345')).toBe('58000001');
  expect(shortName('Amara Quartermain Osei')).toBe('A. Q. O.');
});
