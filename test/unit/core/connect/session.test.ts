import { describe, expect, it } from 'vitest';
import { createAccounts } from '../../../../src/main/adapters/sqlite/accounts.ts';
import { createSecretBook } from '../../../../src/main/core/connect/secrets.ts';
import { createSessionKeeper } from '../../../../src/main/core/connect/session.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { createMemoryVault } from '../../../support/memoryVault.ts';
import { createPollingStore } from '../../../support/pollingStore.ts';

const HOUR = 3_600_000;

function make() {
  const clock = createFakeClock();
  const { db, account } = createPollingStore();
  const keeper = createSessionKeeper({
    account,
    accounts: createAccounts(db),
    secrets: createSecretBook(createMemoryVault(clock.now), () => {}),
    clock,
    client: () => {
      throw new Error('nothing is asked here');
    },
    writes: { failed() {}, owe: (write) => write() },
    onChange() {},
    onReady() {},
  });
  return { clock, keeper };
}

describe('news of a session', () => {
  it('that is older than what we know is passed over', () => {
    const { clock, keeper } = make();
    keeper.told('expired', clock.now());
    keeper.told('disconnected', clock.now() - 1);
    expect(keeper.view().state).toBe('expired');
  });

  it('is believed at once after the clock was set back', () => {
    const { clock, keeper } = make();
    keeper.told('expired', clock.now());
    clock.jump(-HOUR);
    keeper.told('disconnected', clock.now());
    expect(keeper.view().state).toBe('disconnected');
    keeper.told('expired', clock.now() - 1);
    expect(keeper.view().state).toBe('disconnected');
  });
});
