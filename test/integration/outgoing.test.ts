/** Where requests of ours go, with real sockets on loopback and a resolver that says what an attacker would have it say. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGuardedFetch, type GuardLimits } from '../../src/main/adapters/net/guardedFetch.ts';
import type { Resolve } from '../../src/main/adapters/net/lookup.ts';
import { addressByCheckedLookup } from '../../src/main/adapters/net/lookup.ts';
import { createLocaltunnel } from '../../src/main/adapters/tunnel/localtunnel.ts';
import { createProbes } from '../../src/main/core/ingest/probe.ts';
import { createFakeClock } from '../support/fakeClock.ts';

async function serve(listener: RequestListener) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked: () => asked };
}

function guard(names: Readonly<Record<string, readonly string[]>> = {}, limits: Partial<GuardLimits> = {}) {
  const asked: string[] = [];
  const resolve: Resolve = async (hostname) => {
    asked.push(hostname);
    const addresses = names[hostname];
    if (addresses === undefined) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  const fetch = createGuardedFetch({ resolve, limits });
  onTestFinished(() => void fetch.close());
  return { fetch, asked };
}

const causeOf = (asking: Promise<unknown>) =>
  asking.then(
    () => 'answered',
    (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.message,
  );

describe('a request of ours', () => {
  it('goes to a number that the owner wrote out, on this computer too, and to localhost', async () => {
    const { port } = await serve((_request, response) => response.end('here'));
    const { fetch } = guard({ localhost: ['127.0.0.1'] });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
    expect(await (await fetch(`http://localhost:${port}/`)).text()).toBe('here');
  });

  it.each([
    ['this computer', ['127.0.0.1']],
    ['this computer, the IPv6 way', ['::1']],
    ['this computer in disguise', ['::ffff:127.0.0.1']],
    ['the own network', ['192.168.1.1']],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['a good address and a bad one', ['8.8.8.8', '10.0.0.1']],
  ])('does not follow a public name to %s', async (_where, addresses) => {
    const { port, asked } = await serve((_request, response) => response.end('here'));
    const { fetch } = guard({ 'gateway.example': addresses, localhost: ['192.168.1.1'] });
    expect(await causeOf(fetch(`http://gateway.example:${port}/`))).toBe('ERR_ADDRESS_REFUSED');
    expect(await causeOf(fetch(`http://localhost:${port}/`))).toBe('ERR_ADDRESS_REFUSED');
    expect(asked()).toBe(0);
  });

  it('is judged by the very answer that it connects to, so a name that changes its meaning gains nothing', async () => {
    const { port, asked } = await serve((_request, response) => response.end('here'));
    let looks = 0;
    const fetch = createGuardedFetch({
      // first what passes a check, then what an attacker wants
      resolve: async () => [{ address: looks++ === 0 ? '8.8.8.8' : '127.0.0.1', family: 4 }],
      limits: { silence: 300 },
    });
    onTestFinished(() => void fetch.close());
    await causeOf(fetch(`http://rebind.example:${port}/`, { signal: AbortSignal.timeout(200) }));
    expect(await causeOf(fetch(`http://rebind.example:${port}/`))).toBe('ERR_ADDRESS_REFUSED');
    expect({ looks, asked: asked() }).toEqual({ looks: 2, asked: 0 });
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://2852039166/',
    'http://[::ffff:a9fe:a9fe]/',
    'file:///etc/passwd',
  ])('is never made to %s', async (address) => {
    const { fetch, asked } = guard();
    expect(await causeOf(fetch(address))).toBe('ERR_ADDRESS_REFUSED');
    expect(asked).toEqual([]);
  });

  it('follows no redirect, whatever its caller forgot to say', async () => {
    const inside = await serve((_request, response) => response.end('secrets'));
    for (const to of ['http://169.254.169.254/', `http://127.0.0.1:${inside.port}/`, 'http://gateway.example/']) {
      const { port } = await serve((_request, response) => response.writeHead(302, { location: to }).end());
      const { fetch, asked } = guard();
      expect((await fetch(`http://127.0.0.1:${port}/`, { redirect: 'follow' })).status).toBe(302);
      expect(asked).toEqual([]);
    }
    expect(inside.asked()).toBe(0);
  });

  it('ends with an answer of a hundred megabytes, and with one that never comes', async () => {
    const large = await serve((_request, response) => {
      const piece = Buffer.alloc(64 * 1024, 0x61);
      const pour = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', pour);
      pour();
    });
    const { fetch } = guard({}, { answer: 1024 * 1024, silence: 400 });
    const before = process.memoryUsage().rss;
    await expect(fetch(`http://127.0.0.1:${large.port}/`).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
    const silent = await serve(() => undefined);
    expect(await causeOf(fetch(`http://127.0.0.1:${silent.port}/`))).toBe('UND_ERR_HEADERS_TIMEOUT');
  });
});

describe('the self-check of a public address', () => {
  it('says so when the address leads into a network', async () => {
    const { fetch } = guard({ 'mine.example': ['10.0.0.3'] });
    const probes = createProbes({ clock: createFakeClock(), randomBytes: (count) => Buffer.alloc(count, 1), fetch });
    expect(await probes.probe('https://mine.example')).toMatchObject({ verdict: 'dead', words: expect.stringContaining('inside a network') });
  });
});

describe('a tunnel service', () => {
  const open = (host: string, fetcher: typeof fetch, addressOf = addressByCheckedLookup) =>
    createLocaltunnel({ host, clock: createFakeClock(), fetch: fetcher, addressOf })
      .open({ port: 1, name: 'abcdefgh', deadlineMs: 15_000, signal: new AbortController().signal })
      .then(
        () => 'opened',
        (error: unknown) => (error as { failure?: { code: string; detail?: string } }).failure,
      );
  const answering =
    (body: object): typeof fetch =>
    async () =>
      new Response(JSON.stringify({ id: 'abcdefgh', port: 4000, ...body }));

  it.each([
    { url: 'http://127.0.0.1:9000' },
    { url: 'http://192.168.1.1' },
    { url: 'http://169.254.169.254' },
    { url: 'http://localhost' },
    { url: 'https://abcdefgh.loca.lt', ip: '127.0.0.1' },
    { url: 'https://abcdefgh.loca.lt', ip: '::1' },
    { url: 'https://abcdefgh.loca.lt', ip: '10.0.0.1' },
    { url: 'https://abcdefgh.loca.lt', ip: '169.254.169.254' },
    { url: 'https://abcdefgh.loca.lt', ip: '::ffff:127.0.0.1' },
  ])('of the internet cannot lead us into the own network with %j', async (answer) => {
    expect(await open('https://localtunnel.me', answering(answer))).toMatchObject({ code: 'provider_refused', detail: 'ERR_ADDRESS_REFUSED' });
  });

  it.each(['http://192.168.1.5', 'http://127.0.0.1:1'])('of the own network (%s) cannot lead us to the metadata of a cloud', async (host) => {
    expect(await open(host, answering({ url: 'http://169.254.169.254' }))).toMatchObject({ code: 'provider_refused' });
    expect(await open(host, answering({ url: 'https://a.example', ip: '169.254.169.254' }))).toMatchObject({ code: 'provider_refused' });
  });

  it('whose name comes to mean something inside is not connected to', async () => {
    const inside = async () => {
      const { AddressRefused } = await import('../../src/main/adapters/net/lookup.ts');
      throw new AddressRefused('The name localtunnel.me leads to 10.0.0.1.');
    };
    expect(await open('https://localtunnel.me', answering({ url: 'https://abcdefgh.loca.lt' }), inside)).toMatchObject({
      code: 'provider_unreachable',
      detail: 'ERR_ADDRESS_REFUSED',
    });
  });
});
