import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProbes, type Probes } from '../../../../src/main/core/ingest/probe.ts';
import { createFakeClock, type FakeClock } from '../../../support/fakeClock.ts';
import { until } from '../../../support/until.ts';

describe('the self-check of a door', () => {
  let clock: FakeClock;
  let probes: Probes;
  let server: http.Server;
  let url: string;
  let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  const seen: http.IncomingMessage[] = [];

  const ours = (request: http.IncomingMessage) => probes.answerTo((request.url ?? '').slice('/n/'.length));

  beforeEach(async () => {
    clock = createFakeClock();
    probes = createProbes({ clock, randomBytes, fetch });
    seen.length = 0;
    answer = (request, response) => response.end(ours(request));
    server = http.createServer((request, response) => {
      seen.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('finds a door live when its word came to us and our answer came back', async () => {
    expect(await probes.probe(url)).toMatchObject({ verdict: 'live', at: clock.now() });
    expect(clock.waiting()).toBe(0);
  });

  it('passes the pages that tunnel services show to browsers', async () => {
    await probes.probe(url);
    expect(seen[0]?.headers).toMatchObject({ 'bypass-tunnel-reminder': '1', 'ngrok-skip-browser-warning': '1' });
    expect(seen[0]?.headers['user-agent']).not.toMatch(/mozilla|chrome|safari/i);
  });

  it('never asks over a connection that an earlier check has left open', async () => {
    await probes.probe(url);
    await probes.probe(url);
    expect(seen[0]?.socket).not.toBe(seen[1]?.socket);
  });

  it('answers only words that are under way', async () => {
    await probes.probe(url);
    const spent = (seen[0]?.url ?? '').slice('/n/'.length);
    expect(spent).toMatch(/^[0-9a-f]{32}$/);
    expect(probes.answerTo(spent)).toBeUndefined();
    expect(probes.answerTo('')).toBeUndefined();
    expect(probes.answerTo('__proto__')).toBeUndefined();
  });

  it('knows a stranger by an answer that is not ours, even when it is the word itself', async () => {
    answer = (request, response) => response.end((request.url ?? '').slice('/n/'.length));
    expect(await probes.probe(url)).toMatchObject({ verdict: 'stranger', status: 200 });
    answer = (_request, response) => response.end('x'.repeat(5_000_000));
    expect(await probes.probe(url)).toMatchObject({ verdict: 'stranger' });
  });

  it.each([
    [401, 'interstitial'],
    [511, 'interstitial'],
    [403, 'firewall'],
    [404, 'dead'],
    [408, 'dead'],
    [502, 'dead'],
    [503, 'dead'],
    [504, 'dead'],
    [302, 'redirected'],
    [418, 'stranger'],
  ])('understands answer %i as %s and says so in a sentence', async (status, verdict) => {
    answer = (_request, response) => response.writeHead(status, { location: url }).end();
    const result = await probes.probe(url);
    expect(result).toMatchObject({ verdict, status, words: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(seen).toHaveLength(1);
  });

  it('finds a door dead when nobody takes the connection', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await probes.probe(url)).toMatchObject({ verdict: 'dead', words: 'The public address cannot be reached (ECONNREFUSED).' });
  });

  it('finds a black hole when no answer comes in time, also in the middle of an answer', async () => {
    answer = () => undefined;
    const silent = probes.probe(url);
    await until(() => seen.length === 1);
    clock.advance(10_000);
    expect(await silent).toMatchObject({ verdict: 'black-hole' });

    answer = (_request, response) => void response.write('abc');
    const half = probes.probe(url, { timeoutMs: 4_000 });
    await until(() => seen.length === 2);
    clock.advance(4_000);
    expect(await half).toMatchObject({ verdict: 'black-hole', words: 'The public address did not answer within 4 seconds.' });
  });

  it('ends at once when it is no longer wanted', async () => {
    answer = () => undefined;
    const ending = new AbortController();
    const result = probes.probe(url, { signal: ending.signal });
    await until(() => seen.length === 1);
    ending.abort();
    expect((await result).verdict).toBe('black-hole');
    expect(clock.waiting()).toBe(0);
  });

  it('tells how far the clock of the outside world is from ours', async () => {
    answer = (request, response) => {
      response.setHeader('date', new Date(clock.now() + 600_000).toUTCString());
      response.end(ours(request));
    };
    const result = await probes.probe(url);
    expect(result.verdict === 'live' && result.clockSkewMs).toBeGreaterThan(599_000);
    expect(result.verdict === 'live' && result.clockSkewMs).toBeLessThan(601_000);
  });

  it('says nothing about clocks when nobody stamped the answer', async () => {
    answer = (request, response) => {
      response.sendDate = false;
      response.end(ours(request));
    };
    expect(await probes.probe(url)).toMatchObject({ verdict: 'live', clockSkewMs: undefined });
  });
});
