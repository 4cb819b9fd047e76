import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wasenderapi } from '../../../../../src/main/adapters/provider/wasenderapi/index.ts';
import { createBodyMasker } from '../../../../../src/main/core/domain/mask.ts';

const folder = new URL('../../../../fixtures/payloads/wasenderapi/', import.meta.url);
const provider = wasenderapi();
const mask = createBodyMasker(provider.masking, () => false);
const CANARY = 'canary in the mine';

describe('what is masked before it is stored', () => {
  it.each(readdirSync(folder))('takes no fact with it: %s', (file) => {
    // In the documented payloads everything private stands as "[masked]": put something private back in.
    const documented: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    if (typeof documented !== 'object' || documented === null || !('body' in documented) || !('facts' in documented)) throw new Error(file);
    const stored = mask(Buffer.from(JSON.stringify(documented.body).replaceAll('[masked]', CANARY)), []);
    expect(stored.toString()).not.toContain(CANARY);
    const shape = 'shape' in documented && typeof documented.shape === 'string' ? documented.shape : '';
    const understood = (body: Uint8Array) => JSON.stringify(provider.normalise({ ...known(shape), body, receivedAt: 1_770_000_005_000 }).facts);
    expect(understood(stored)).toBe(understood(Buffer.from(JSON.stringify(documented.body).replaceAll('Hi', '[masked]'))));
  });

  it('are all credentials, wherever they stand and however they are written', () => {
    const body = JSON.stringify({
      event: 'session.status',
      sessionId: CANARY,
      data: {
        status: 'connected',
        session_id: CANARY,
        api_key: CANARY,
        apiKey: CANARY,
        webhook_secret: CANARY,
        deep: [{ Authorization: CANARY, token: CANARY }],
      },
    });
    expect(mask(Buffer.from(body), []).toString()).not.toContain(CANARY);
  });

  it('are the texts of messages, captions, quotes, edits, reactions and votes', () => {
    const key = { id: '3EB0EXAMPLE01', remoteJid: '15550002222@s.whatsapp.net', fromMe: true };
    const text = {
      conversation: CANARY,
      extendedTextMessage: { text: CANARY, title: CANARY, contextInfo: { quotedMessage: { conversation: CANARY } } },
    };
    const message = {
      ...text,
      imageMessage: { caption: CANARY, url: CANARY },
      buttonsMessage: { buttons: [{ buttonText: { displayText: CANARY } }] },
    };
    for (const data of [
      { messages: { key, message, messageBody: CANARY, pushName: CANARY } },
      { messages: [{ key, message, messageBody: CANARY }] },
      { key, update: { message: { editedMessage: { message } } } },
      [{ key, reaction: { text: CANARY, key } }],
      { key, pollResult: [{ name: CANARY, voters: [] }] },
    ]) {
      expect(mask(Buffer.from(JSON.stringify({ event: 'x', data })), []).toString()).not.toContain(CANARY);
    }
  });
});

function known(shape: string) {
  switch (shape) {
    case 'message-info':
    case 'message-log':
    case 'session':
      return { source: 'poll', shape } as const;
    case 'send-answer':
      return { source: 'send', shape } as const;
    default:
      return { source: 'webhook', shape: 'webhook' } as const;
  }
}
