import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { composeEngine } from '../../src/main/compose.ts';
import { DOCUMENTED_STYLE, statusUpdate } from '../../src/main/demo/payloads.ts';
import type { Change } from '../../src/shared/contract/changes.ts';
import { createMemoryVault } from '../support/memoryVault.ts';
import { tempDir } from '../support/tempDir.ts';
import { untilAnswered } from '../support/until.ts';

const SECRET = 'whsec_0123456789abcdef';

it('a listener whose thread dies is opened again at the same port, with the same doors', async () => {
  const engine = await composeEngine({
    dataFolder: await tempDir(),
    vault: createMemoryVault(),
    mode: 'browser',
    webhookPort: 0,
    demo: false,
    version: 'test',
    exportLink: () => null,
    listenerThread: resolve(import.meta.dirname, '../support/mortalListener.ts'),
  });
  const changes: Change[] = [];
  engine.changes.subscribe((change) => changes.push(change));
  await engine.start();
  try {
    const { webhookPath, accountId } = await engine.handlers['accounts.create']({
      provider: 'wasenderapi',
      name: 'Shop',
      settings: {},
      secrets: { webhookSecret: SECRET },
    });
    const url = engine.webhooksUrl() + webhookPath;
    const post = (status: 2 | 3) =>
      fetch(url, {
        method: 'POST',
        headers: { 'x-webhook-signature': SECRET },
        body: JSON.stringify(
          statusUpdate({
            style: DOCUMENTED_STYLE,
            apiKey: 'k',
            at: 1_790_000_000_000 + status,
            waId: '3EB0DEATH',
            chat: '15550002222@s.whatsapp.net',
            status,
          }),
        ),
      }).then(
        (answer) => answer.status,
        () => undefined,
      );
    expect(await post(2)).toBe(200);

    const killer = new BroadcastChannel('kill-listener');
    killer.postMessage('now');
    await untilAnswered(async () => changes.some((change) => change.name === 'notice.raised'), 'the notice');
    killer.close();

    await untilAnswered(async () => (await post(3)) === 200, 'the listener');
    expect(engine.webhooksUrl() + webhookPath).toBe(url);
    const status = await untilAnswered(async () => {
      const { message } = await engine.handlers['messages.get']({ account: accountId, messageId: '3EB0DEATH' });
      return message.status === 'delivered' && message.status;
    }, 'the tick');
    expect(status).toBe('delivered');
  } finally {
    await engine.stop();
  }
});
