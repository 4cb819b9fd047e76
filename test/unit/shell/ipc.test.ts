import { describe, expect, it } from 'vitest';
import type { Dispatch } from '../../../src/main/dispatch.ts';
import { answerRequests } from '../../../src/main/shell/ipc.ts';

type Handler = Parameters<Parameters<typeof answerRequests>[0]['handle']>[1];

function make(engine: Dispatch = async (name) => ({ ok: true, value: `engine: ${name}` })) {
  const handlers = new Map<string, Handler>();
  answerRequests(
    { handle: (channel, handler) => void handlers.set(channel, handler) },
    { engine, shell: async (name) => ({ ok: true, value: `shell: ${name}` }) },
  );
  const ask = (senderFrame: unknown, ...args: unknown[]) => Promise.resolve(handlers.get('app:request')?.({ senderFrame } as never, ...args));
  return { ask, channels: [...handlers.keys()] };
}
const ours = { url: 'app://tickline/', parent: null };

describe('requests of the window', () => {
  it('come over one channel', () => {
    expect(make().channels).toEqual(['app:request']);
  });

  it('are answered by the engine, except what only the shell can do', async () => {
    const { ask } = make();
    expect(await ask(ours, 'app.status')).toEqual({ ok: true, value: 'engine: app.status' });
    expect(await ask(ours, 'shell.openLink', { url: 'x' })).toEqual({ ok: true, value: 'shell: shell.openLink' });
  });

  it('are refused to every frame but our own', async () => {
    const { ask } = make();
    for (const frame of [null, { url: 'https://evil.example/', parent: null }, { url: 'app://tickline/', parent: ours }]) {
      expect(await ask(frame, 'app.status')).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
    }
  });

  it.each([undefined, null, 7, {}, ['app.status'], 'constructor', 'no.such'])('are refused when the name is %j', async (name) => {
    expect(await make().ask(ours, name)).toMatchObject({ ok: false, error: { code: 'unknown_request' } });
  });

  it('are answered with a value even when the engine breaks under them', async () => {
    const { ask } = make(() => Promise.reject(new Error('thread ended')));
    expect(await ask(ours, 'app.status')).toMatchObject({ ok: false, error: { code: 'our_fault', retry: true } });
  });
});
