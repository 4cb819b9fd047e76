import { describe, expect, it } from 'vitest';
import { browserApi, type Connection, desktopApi } from '../../src/renderer/src/api.ts';

type Listener = (event: { data?: string }) => void;

function aBrowser(answer: () => Promise<Response> = async () => Response.json({ ok: true, value: {} })) {
  const sockets: { url: string; protocols: string[]; say: (type: string, data?: string) => void }[] = [];
  const waits: { work: () => void; ms: number }[] = [];
  const requests: { url: string; init: RequestInit | undefined }[] = [];
  const api = browserApi({
    origin: 'http://127.0.0.1:4178',
    token: 'secret',
    fetch: async (input, init) => {
      requests.push({ url: String(input), init });
      return answer();
    },
    openSocket: (url, protocols) => {
      const listeners = new Map<string, Listener>();
      sockets.push({ url, protocols, say: (type, data) => listeners.get(type)?.({ data }) });
      return { close: () => undefined, addEventListener: (type: string, listener: unknown) => void listeners.set(type, listener as Listener) };
    },
    now: () => 1000,
    later: (work, ms) => {
      waits.push({ work, ms });
      return () => undefined;
    },
  });
  const states: Connection[] = [];
  api.onConnection((state) => void states.push(state));
  return { api, sockets, waits, requests, states };
}

describe('the browser way', () => {
  it('shows its token with every request and with the socket, never in an address', async () => {
    const { api, sockets, requests } = aBrowser();
    await api.request('accounts.list', {});
    expect(requests[0]?.url).toBe('http://127.0.0.1:4178/rpc/accounts.list');
    expect(new Headers(requests[0]?.init?.headers).get('authorization')).toBe('Bearer secret');
    expect(sockets[0]).toMatchObject({ url: 'ws://127.0.0.1:4178/changes', protocols: ['tickline', 'token.secret'] });
  });

  it('makes a value of an engine that does not answer', async () => {
    const { api } = aBrowser(() => Promise.reject(new TypeError('refused')));
    expect(await api.request('app.status', {})).toMatchObject({ ok: false, error: { code: 'shutting_down', retry: true } });
  });

  it('connects again with longer and longer waits, and says since when it is cut off', () => {
    const { sockets, waits, states } = aBrowser();
    sockets[0]?.say('open');
    sockets[0]?.say('close');
    waits[0]?.work();
    sockets[1]?.say('close');
    expect(waits[1]?.ms).toBeGreaterThan((waits[0]?.ms ?? 0) * 1.1);
    waits[1]?.work();
    sockets[2]?.say('open');
    expect(states.map((one) => one.state)).toEqual(['lost', 'open', 'lost', 'open']);
    expect(states[2]).toEqual({ state: 'lost', since: 1000, why: 'gone' });
  });

  it('says that its key is refused, instead of trying in silence', async () => {
    const { sockets, states } = aBrowser(async () =>
      Response.json({ ok: false, error: { code: 'unauthorized', message: 'No.', retry: false } }, { status: 401 }),
    );
    sockets[0]?.say('close');
    await new Promise(setImmediate);
    expect(states.at(-1)).toMatchObject({ state: 'lost', why: 'refused' });
  });

  it('passes on changes by name and overlooks frames that are none', () => {
    const { api, sockets } = aBrowser();
    const heard: number[] = [];
    const stop = api.on('message.changed', (value) => void heard.push(value.seq));
    sockets[0]?.say('message', JSON.stringify({ name: 'message.changed', value: { seq: 7, rows: [], more: false } }));
    sockets[0]?.say('message', 'not json');
    sockets[0]?.say('message', JSON.stringify({ name: '__proto__', value: {} }));
    stop();
    sockets[0]?.say('message', JSON.stringify({ name: 'message.changed', value: { seq: 8, rows: [], more: false } }));
    expect(heard).toEqual([7]);
  });
});

describe('the desktop way', () => {
  it('saves an export through the shell and says where', async () => {
    const api = desktopApi({ request: async () => ({ ok: true, value: { saved: true, path: '/home/baker/log.csv' } }), on: () => () => undefined });
    expect(await api.save({ id: 'x1', link: null, fileName: 'log.csv' })).toEqual({ ok: true, value: 'Saved as /home/baker/log.csv.' });
  });

  it('makes a value of a bridge that broke', async () => {
    const api = desktopApi({ request: () => Promise.reject(new Error('gone')), on: () => () => undefined });
    expect(await api.request('app.status', {})).toMatchObject({ ok: false });
  });
});
