/**
 * Contestant: the tutorial's loop. Every 30 s it asks about every message that was not read or failed yet,
 * one after the other. With `obey` it counts its own requests and never makes more than the provider allows
 * in a minute; without, it asks and is refused.
 */
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { FromProvider } from './provider.ts';
import { createRecord, providerName } from './record.ts';

const EVERY_MS = 30_000;
const MINUTE_MS = 60_000;
const { url, apiKey, obey, perMinute } = JSON.parse(process.argv[2] ?? '{}') as { url: string; apiKey: string; obey: boolean; perMinute: number };
const provider = wasenderapi();
const record = createRecord();
const open = new Set<number>();
const lately: number[] = [];
let refused = 0;

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

async function mayAsk(): Promise<void> {
  for (;;) {
    const now = Date.now();
    while ((lately[0] ?? now) <= now - MINUTE_MS) lately.shift();
    // The provider counts by its own full minutes, so a whole window's worth at once could meet two of them.
    if (lately.length < perMinute) return void lately.push(now);
    await pause((lately[0] ?? now) + MINUTE_MS - now + 1);
  }
}

async function ask(msgId: number): Promise<void> {
  const answer = await fetch(`${url}/messages/${msgId}/info`, { headers: { authorization: `Bearer ${apiKey}` } });
  const body = new Uint8Array(await answer.arrayBuffer());
  if (answer.status === 429) refused++;
  if (!answer.ok) return;
  const receivedAt = Date.now();
  for (const fact of provider.normalise({ source: 'poll', shape: 'message-info', body, receivedAt }).facts) {
    if (fact.kind !== 'receipt') continue;
    record.note(providerName(msgId), fact.said, receivedAt);
    if (fact.said === 'read' || fact.said === 'played' || fact.said === 'failed') open.delete(msgId);
  }
}

async function run(): Promise<void> {
  for (;;) {
    const begun = Date.now();
    for (const msgId of [...open]) {
      if (obey) await mayAsk();
      await ask(msgId).catch(() => undefined);
    }
    await pause(Math.max(0, begun + EVERY_MS - Date.now()));
  }
}

process.on('message', (message: { do: string } | FromProvider) => {
  if ('is' in message && message.is === 'sent') for (const msgId of message.msgIds) open.add(msgId);
  else if ('do' in message && message.do === 'tell') process.send?.({ is: 'known', known: [...record.known], refused });
  else if ('do' in message) process.exit(0);
});
process.on('disconnect', () => process.exit(1));
process.send?.({ is: 'ready', port: 0 });
void run();
