import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureError, fail } from '../../src/main/core/domain/failure.ts';
import { createDispatch } from '../../src/main/dispatch.ts';
import { type RequestName, requestNames } from '../../src/shared/contract/names.ts';
import { requests } from '../../src/shared/contract/requests.ts';
import { echoHandlers } from '../support/fakeEngine.ts';
import { createMemoryLog } from '../support/memoryLog.ts';

function make(own: Parameters<typeof echoHandlers>[0] = {}) {
  const log = createMemoryLog();
  return { dispatch: createDispatch({ handlers: echoHandlers(own), log }), log };
}

async function detailOf(name: RequestName, input: unknown): Promise<string | undefined> {
  const answer = await make().dispatch(name, input);
  return answer.ok ? undefined : answer.error.detail;
}

describe('dispatch', () => {
  it('has exactly the names of the table, so a bridge without the schemas knows them all', () => {
    expect([...requestNames].toSorted()).toEqual(Object.keys(requests).toSorted());
  });

  it('fills in the defaults, also when nothing was given', async () => {
    const { dispatch } = make();
    expect(await dispatch('messages.page', undefined)).toEqual({ ok: true, value: { name: 'messages.page', input: { limit: 50 } } });
    expect(await dispatch('messages.page', null)).toEqual(await dispatch('messages.page', {}));
  });

  it.each(['__proto__', 'constructor', 'toString', 'messages', '', 'messages.page ', 'x'.repeat(5000)])(
    'does not know the request %j',
    async (name) => {
      const answer = await make().dispatch(name, {});
      expect(answer).toMatchObject({ ok: false, error: { code: 'unknown_request' } });
      expect(JSON.stringify(answer).length).toBeLessThan(300);
    },
  );

  it('says what only the desktop can do', async () => {
    expect(await make().dispatch('shell.openLink', { url: 'https://github.com' })).toMatchObject({ ok: false, error: { code: 'unsupported' } });
  });

  it('hands on a failure that a handler raised as the value it is', async () => {
    const failure = fail('not_found', 'There is no such account.', { detail: 'acc_1' }).error;
    const { dispatch, log } = make({
      'accounts.get': () => {
        throw new FailureError(failure);
      },
    });
    expect(await dispatch('accounts.get', { account: 'acc_1' })).toEqual({ ok: false, error: failure });
    expect(log.lines).toEqual([]);
  });

  it('calls a bug our fault, logs its cause and tells the caller nothing of it', async () => {
    const { dispatch, log } = make({ 'accounts.get': () => Promise.reject(new Error('row 7 is undefined')) });
    const answer = await dispatch('accounts.get', { account: 'acc_1' });
    expect(answer).toMatchObject({ ok: false, error: { code: 'our_fault', retry: false } });
    expect(JSON.stringify(answer)).not.toContain('row 7');
    expect(log.lines).toMatchObject([{ level: 'error', event: 'request.broke', facts: { request: 'accounts.get' } }]);
    expect(log.lines[0]?.facts.cause).toContain('row 7 is undefined');
  });
});

describe('a bad input is named by its path', () => {
  it.each<[RequestName, unknown, string]>([
    ['messages.page', { limit: 0 }, 'input.limit: expected 1..200, got 0'],
    ['messages.page', { limit: 3.5 }, 'input.limit: expected 1..200, got 3.5'],
    ['messages.page', { limit: 'all' }, 'input.limit: expected 1..200, got text of 3 characters'],
    [
      'messages.page',
      { status: ['sent', 'gone'] },
      'input.status[1]: expected one of queued, sent, delivered, read, played, failed, got text of 4 characters',
    ],
    ['messages.page', { colour: 1 }, 'input: does not know colour'],
    ['messages.get', 'm1', 'input: expected an object, got text of 2 characters'],
    ['inbox.get', undefined, 'input.id: expected at least 1, got nothing'],
    ['inbox.replay', { ids: [4, -1] }, 'input.ids[1]: expected at least 1, got -1'],
    ['inbox.replay', { ids: [] }, 'input.ids: expected a list of 1..10000, got a list of 0'],
    [
      'accounts.create',
      { provider: 'demo', name: 'a', tunnel: { kind: 'rope' } },
      'input.tunnel.kind: expected one of localtunnel, own-url, local, none, got text of 4 characters',
    ],
    [
      'messages.track',
      { account: 'a', recipient: '+15550100', providerMessageId: true },
      'input.providerMessageId: expected text of 1..200 characters or a whole number, got true',
    ],
  ])('%s %j', async (name, input, detail) => {
    expect(await detailOf(name, input)).toBe(detail);
  });

  it('never repeats a secret, wherever it was put', async () => {
    const canary = 'wsk_canary_5d0e61f2';
    const inputs: [RequestName, unknown][] = [
      ['accounts.putSecret', { account: 'a', slot: canary.repeat(9), value: canary.repeat(900) }],
      ['accounts.putSecret', { account: 'a', slot: 's', value: [canary] }],
      ['accounts.create', { provider: 1, name: 'n', secrets: { [canary]: '' } }],
      ['accounts.create', { provider: 'p', name: 'n', [canary]: 1 }],
      ['accounts.create', canary],
      ['messages.page', { status: canary }],
    ];
    for (const [name, input] of inputs) {
      const answer = await make().dispatch(name, input);
      expect(answer).toMatchObject({ ok: false, error: { code: 'bad_input' } });
      expect(JSON.stringify(answer)).not.toContain(canary);
    }
  });

  it('survives any input to any request', async () => {
    const { dispatch } = make();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...requestNames), fc.anything({ withNullPrototype: true, withBigInt: true }), async (name, input) => {
        const answer = await dispatch(name, input);
        if (!answer.ok) expect(['bad_input', 'unsupported']).toContain(answer.error.code);
      }),
      { numRuns: 500 },
    );
  });
});
