import { expect, it } from 'vitest';
import { createLineLog } from '../../../../src/main/adapters/log/lines.ts';

it('a log line carries no phone number and no secret, in whatever field they came', () => {
  const lines: string[] = [];
  const log = createLineLog({ now: () => 0, write: (line) => lines.push(line), knownSecrets: () => ['wsk_canary_1'] });
  log.warn('provider.refused', { account: 'acc_0123456789abcdef', cause: 'key wsk_canary_1 of +1 555 010 0481 was refused', status: 401 });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    event: 'provider.refused',
    account: 'acc_0123456789abcdef',
    cause: 'key [masked] of ···481 was refused',
    status: 401,
  });
});
