import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FailureError, fail, raise } from '../../../src/main/core/domain/failure.ts';
import { createLink } from '../../../src/main/threads/port.ts';

type There = {
  add(a: number, b: number): Promise<number>;
  missing(id: string): never;
  bug(): never;
  never(): Promise<void>;
  note(text: string): void;
};

function join() {
  const { port1, port2 } = new MessageChannel();
  const notes: string[] = [];
  const broken: unknown[] = [];
  const there: There = {
    add: async (a, b) => a + b,
    missing: (id) => raise('not_found', `There is no ${id}.`, { detail: id }),
    bug() {
      throw new TypeError('row is undefined');
    },
    never: () => new Promise(() => undefined),
    note(text) {
      if (text === 'bad') throw new Error('bad note');
      notes.push(text);
    },
  };
  const far = createLink(port2, there, (cause) => broken.push(cause));
  const near = createLink<There>(port1, {}, (cause) => broken.push(cause));
  onTestFinished(() => {
    near.close();
    far.close();
    port1.close();
  });
  return { near, notes, broken };
}

describe('calls over a port', () => {
  it('come back to the one who asked, however many are under way', async () => {
    const { near } = join();
    const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => near.call('add', i, 1)));
    expect(sums).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it('bring an expected failure across as the value it is', async () => {
    const { near } = join();
    const failure = await near.call('missing', 'm7').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailureError);
    expect(failure).toMatchObject({ failure: { code: 'not_found', message: 'There is no m7.', detail: 'm7' } });
  });

  it('bring a bug across with its text', async () => {
    await expect(join().near.call('bug')).rejects.toThrow('row is undefined');
  });

  it('refuse a name that is not offered', async () => {
    const { near } = join();
    await expect(near.call('toString' as 'never')).rejects.toThrow('no such call');
  });

  it('are all given up when the link closes, at once or later', async () => {
    const { near } = join();
    const under = near.call('never');
    near.close(fail('busy', 'The engine stopped.').error);
    near.close();
    await expect(under).rejects.toMatchObject({ failure: { code: 'busy' } });
    await expect(near.call('add', 1, 2)).rejects.toMatchObject({ failure: { code: 'busy' } });
  });

  it('may go without an answer, in order; what breaks then is told to its own side', async () => {
    const { near, notes, broken } = join();
    near.tell('note', 'one');
    near.tell('note', 'bad');
    near.tell('note', 'two');
    await near.call('add', 1, 1);
    expect(notes).toEqual(['one', 'two']);
    expect(broken).toMatchObject([{ message: 'bad note' }]);
  });
});
