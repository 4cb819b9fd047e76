import { describe, expect, it } from 'vitest';
import { resolveChecked } from '../../../../src/main/adapters/net/lookup.ts';

const leadTo = (address: string) => async () => [{ address, family: address.includes(':') ? 6 : 4 }];

describe('a name below ts.net', () => {
  it.each(['100.101.102.103', 'fd7a:115c:a1e0::53', '203.0.113.9'])('may lead to %s: into its own network, or to the internet', async (address) => {
    expect(await resolveChecked('shop.tail0123.ts.net', leadTo(address))).toMatchObject([{ address }]);
  });

  it.each(['100.100.100.200', '192.168.1.1', '127.0.0.1', '169.254.169.254', 'fd00::1'])('may not lead to %s', async (address) => {
    await expect(resolveChecked('shop.tail0123.ts.net', leadTo(address))).rejects.toThrow('not on the internet');
  });

  it('gives no right to names that only look like one', async () => {
    for (const name of ['ts.net.example.com', 'shop-ts.net', 'example.com'])
      await expect(resolveChecked(name, leadTo('100.101.102.103'))).rejects.toThrow('not on the internet');
  });
});
