import { describe, expect, it } from 'vitest';
import { createSecretBook } from '../../../../src/main/core/connect/secrets.ts';
import { FailureError, fail } from '../../../../src/main/core/domain/failure.ts';
import { parseAccountId } from '../../../../src/main/core/domain/ids.ts';
import { createMemoryVault } from '../../../support/memoryVault.ts';

const ACCOUNT = parseAccountId('acc_0123456789abcdef');
const NAMES = ['personalAccessToken', 'apiKey', 'webhookSecret'];

function make() {
  if (ACCOUNT === undefined) throw new Error('not an account id');
  const vault = createMemoryVault();
  const locked = new Set<string>();
  let changes = 0;
  const book = createSecretBook(
    {
      ...vault,
      async get(slot) {
        if (locked.has(slot.name)) throw new FailureError(fail('vault_unavailable', `The saved key "${slot.name}" cannot be opened.`).error);
        return vault.get(slot);
      },
      async put(slot, value) {
        locked.delete(slot.name);
        await vault.put(slot, value);
      },
    },
    () => {
      changes += 1;
    },
  );
  return { account: ACCOUNT, book, vault, locked, changes: () => changes };
}

describe('credentials that cannot be opened', () => {
  it('are told one by one, until each was entered again; the others are used meanwhile', async () => {
    const { account, book, vault, locked } = make();
    for (const name of NAMES) await vault.put({ account, name }, `the ${name}`);
    locked.add('apiKey').add('webhookSecret');
    await book.load(account, NAMES);
    expect(book.of(account)).toEqual({ personalAccessToken: 'the personalAccessToken' });
    expect(book.trouble(account)).toMatchObject({ names: ['apiKey', 'webhookSecret'], words: expect.stringContaining('"apiKey" cannot be opened') });
    await book.put(account, { apiKey: 'new' });
    expect(book.trouble(account)?.names).toEqual(['webhookSecret']);
    await book.put(account, { webhookSecret: 'new too' });
    expect(book.trouble(account)).toBeUndefined();
  });

  it('are read once more when somebody asks, for the keyring may have been unlocked since', async () => {
    const { account, book, vault, locked, changes } = make();
    await vault.put({ account, name: 'apiKey' }, 'the key');
    locked.add('apiKey');
    await book.load(account, NAMES);
    await book.tryAgain(account);
    expect(book.trouble(account)?.names).toEqual(['apiKey']);
    locked.clear();
    await book.tryAgain(account);
    expect(book.trouble(account)).toBeUndefined();
    expect(book.of(account).apiKey).toBe('the key');
    expect(changes()).toBe(1);
  });

  it('may be gone altogether; then any of them may be entered, and one is enough', async () => {
    const { account, book } = make();
    await book.load(account, NAMES);
    expect(book.trouble(account)).toMatchObject({ names: NAMES, words: expect.stringContaining('gone') });
    await book.put(account, { apiKey: 'new' });
    expect(book.trouble(account)).toBeUndefined();
  });
});
