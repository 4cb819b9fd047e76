import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTunnel } from '../../../../src/main/adapters/tunnel/index.ts';
import { createLocaltunnel } from '../../../../src/main/adapters/tunnel/localtunnel.ts';
import { createOwnUrl } from '../../../../src/main/adapters/tunnel/own-url.ts';
import type { TunnelHandle } from '../../../../src/main/core/ports/tunnel.ts';
import { type Echo, startEcho } from '../../../support/echoServer.ts';
import { createFakeClock, type FakeClock } from '../../../support/fakeClock.ts';
import { type FakeTunnelServer, startFakeTunnelServer } from '../../../support/fakeTunnelServer.ts';
import { until } from '../../../support/until.ts';

const NAME = 'mnbvcxzlkj09';

describe('localtunnel', () => {
  let server: FakeTunnelServer;
  let echo: Echo;
  let clock: FakeClock;
  let ending: AbortController;
  const handles: TunnelHandle[] = [];

  beforeEach(async () => {
    server = await startFakeTunnelServer();
    echo = await startEcho();
    clock = createFakeClock();
    ending = new AbortController();
  });
  afterEach(async () => {
    await Promise.all(handles.splice(0).map((handle) => handle.close()));
    await server.close();
    await echo.close();
  });

  const begin = (host = server.host) =>
    createLocaltunnel({ host, clock, fetch }).open({ port: echo.port, name: NAME, deadlineMs: 15_000, signal: ending.signal });
  const open = async () => {
    const handle = await begin();
    handles.push(handle);
    return handle;
  };
  const failureOf = (opening: Promise<unknown>) =>
    opening.then(
      () => 'opened',
      (error: unknown) => (error instanceof Error && 'failure' in error ? error.failure : error),
    );

  it('gets the name it asks for, and the same address again after a close', async () => {
    const first = await open();
    expect(server.tunnels()).toEqual([expect.objectContaining({ name: NAME, url: first.url })]);
    await first.close();
    await until(() => server.tunnels().length === 0, 'the name to be free');
    expect((await open()).url).toBe(first.url);
  });

  it('takes another address when the name is gone, so that the caller can compare', async () => {
    const first = await open();
    const second = await open();
    expect(second.url).not.toBe(first.url);
    expect(await (await fetch(`${second.url}/hello`)).text()).toBe('GET /hello ');
  });

  it('carries many requests at once, more than it has connections', async () => {
    const handle = await open();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => fetch(`${handle.url}/${i}`).then((response) => response.text())));
    expect(answers).toEqual(answers.map((_, i) => `GET /${i} `));
  });

  it('gives up at the deadline when the service never answers', async () => {
    server.set({ give: 'silent' });
    const failure = failureOf(begin());
    await until(() => server.counts.registrations === 1);
    clock.advance(15_000);
    expect(await failure).toMatchObject({
      code: 'provider_unreachable',
      message: 'The tunnel service did not answer within 15 seconds.',
      retry: true,
    });
    expect(clock.waiting()).toBe(0);
  });

  it('stops at once when it is no longer wanted', async () => {
    server.set({ give: 'silent' });
    const failure = failureOf(begin());
    await until(() => server.counts.registrations === 1);
    ending.abort();
    expect(await failure).toMatchObject({ code: 'shutting_down' });
  });

  it('says that a name was refused, and asks only once', async () => {
    server.set({ give: 'forbidden' });
    expect(await failureOf(begin())).toMatchObject({ code: 'conflict' });
    expect(server.counts.registrations).toBe(1);
    expect(clock.waiting()).toBe(0);
  });

  it.each(['unavailable', 'nonsense'] as const)('fails with a reason when the service is %s', async (give) => {
    server.set({ give });
    expect(await failureOf(begin())).toMatchObject({ code: 'provider_unreachable', retry: true });
  });

  it('fails with a reason when nobody is there', async () => {
    await server.close();
    expect(await failureOf(begin())).toMatchObject({ code: 'provider_unreachable', message: 'The tunnel service cannot be reached.' });
  });

  it('names the firewall when the data port is refused, and leaves nothing behind', async () => {
    server.set({ data: 'refused' });
    expect(await failureOf(begin())).toMatchObject({ code: 'provider_unreachable', message: expect.stringContaining('firewall') });
    expect(clock.waiting()).toBe(0);
  });

  it('says within half a second that its last connection is gone', async () => {
    const handle = await open();
    const heard: string[] = [];
    handle.onTrouble((words) => heard.push(words));
    server.die();
    await until(() => clock.waiting() > 0, 'the closed connections to be noticed');
    await until(() => {
      clock.advance(500);
      return heard.length > 0;
    });
    expect(heard[0]).toBe('All connections to the tunnel service are closed.');
  });

  it('survives a burst of connection errors and keeps quiet after close', async () => {
    const handle = await open();
    const heard: string[] = [];
    handle.onTrouble((words) => heard.push(words));
    await handle.close();
    server.die();
    await clock.run(60_000);
    expect(heard).toEqual([]);
    expect(clock.waiting()).toBe(0);
  });

  it('does not reconnect at full speed when the service closes every connection', async () => {
    await open();
    await until(() => server.counts.dataConnections === 4);
    server.set({ data: 'dropped' });
    for (const tunnel of server.tunnels()) expect(tunnel.connections).toBe(4);
    // one request uses up one connection; the library replaces it, the server closes the new one, and so on
    await fetch(`${server.tunnels()[0]?.url}/once`);
    let waited = 0;
    for (let round = 0; round < 12; round++) {
      const next = await until(() => clock.nextIn(), 'a put-off connection');
      waited += next;
      clock.advance(next);
    }
    expect(waited).toBeGreaterThan(40_000);
    expect(server.counts.dataConnections).toBeLessThan(20);
  });
});

describe('an own address', () => {
  const open = (address: string) => createOwnUrl(address).open({ port: 1, deadlineMs: 1, signal: new AbortController().signal });

  it('loses its slash, its query and its spaces, and keeps its path', async () => {
    expect((await open(' https://shop.example/hooks/?a=1#b ')).url).toBe('https://shop.example/hooks');
  });

  it.each(['shop.example', 'ftp://shop.example', 'javascript:alert(1)', ''])('is refused when it is no web address: %s', async (address) => {
    await expect(open(address)).rejects.toMatchObject({ failure: { code: 'bad_input' } });
  });
});

it('no tunnel is made for an account that wants none', () => {
  expect(createTunnel({ kind: 'none' }, { clock: createFakeClock(), fetch })).toBeUndefined();
});
