import type { Change } from '../../src/shared/contract/changes.ts';
import { requestNames } from '../../src/shared/contract/names.ts';
import type { Handlers } from '../../src/shared/contract/requests.ts';

/** Handlers that tell which request they answered and with what, in place of a whole engine. */
export function echoHandlers(own: Partial<Handlers> = {}): Partial<Handlers> {
  const echo = requestNames.filter((name) => !name.startsWith('shell.')).map((name) => [name, (input: unknown) => ({ name, input })] as const);
  return { ...Object.fromEntries(echo), ...own };
}

/** Changes that a test can publish by hand. */
export function createFakeChanges() {
  const listeners = new Set<(change: Change) => void>();
  return {
    subscribe(listener: (change: Change) => void) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    publish(change: Change) {
      for (const listener of listeners) listener(change);
    },
    get listeners() {
      return listeners.size;
    },
  };
}

/** A change of the given number; `words` makes it as large as a test wants. */
export function aNotice(seq: number, words = 'something happened'): Change {
  return { name: 'notice.raised', value: { seq, notice: { id: `n${seq}`, level: 'info', message: words, detail: null, at: 0, account: null } } };
}
