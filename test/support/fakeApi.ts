/**
 * An engine in memory for the window's own tests and pictures: believable rows, no clock of its own, and
 * every answer can be replaced. `emit` publishes a change with the next running number.
 */
import type { Api, Connection } from '../../src/renderer/src/api.ts';
import type { ChangeName, Changes } from '../../src/shared/contract/changes.ts';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { RequestName } from '../../src/shared/contract/names.ts';
import type { In, Out } from '../../src/shared/contract/requests.ts';
import { fakeAnswers } from './fakeAnswers.ts';

type Unnumbered<N extends ChangeName> = Omit<Changes[N], 'seq'>;
type Replacement<N extends RequestName> = (input: In<N>) => Answer<Out<N>> | Promise<Answer<Out<N>>>;
export type FakeAnswers = { [N in RequestName]?: Replacement<N> };

export type FakeApi = Api & {
  /** Publishes a change to whoever listens. */
  emit<N extends ChangeName>(name: N, value: Unnumbered<N>): void;
  /** Lets the next `count` numbers go by unheard, as a lost frame would. */
  skip(count: number): void;
  connection(state: Connection): void;
  /** Every request made so far, oldest first. */
  readonly asked: readonly { readonly name: RequestName; readonly input: unknown }[];
  seq(): number;
  replace(answers: FakeAnswers): void;
};

export function createFakeApi(now: () => number, replaced: FakeAnswers = {}): FakeApi {
  const listeners = new Map<ChangeName, Set<(value: never) => void>>();
  const watchers = new Set<(connection: Connection) => void>();
  const asked: { name: RequestName; input: unknown }[] = [];
  let seq = 0;
  let answers: FakeAnswers = { ...fakeAnswers(now, () => seq), ...replaced };
  return {
    mode: 'browser',
    asked,
    seq: () => seq,
    replace(more) {
      answers = { ...answers, ...more };
    },
    async request(name, input) {
      asked.push({ name, input });
      const answer = answers[name] as Replacement<typeof name> | undefined;
      if (answer) return answer(input);
      return { ok: false, error: { code: 'unsupported', message: `The fake engine has no answer to ${name}.`, retry: false } };
    },
    on(name, listener) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener as (value: never) => void));
      return () => void all.delete(listener as (value: never) => void);
    },
    onConnection(listener) {
      watchers.add(listener);
      listener({ state: 'open' });
      return () => void watchers.delete(listener);
    },
    async save({ fileName }) {
      return { ok: true, value: `Saved as ${fileName}.` };
    },
    openLink: () => undefined,
    emit(name, value) {
      seq++;
      const numbered = { ...value, seq };
      for (const listener of listeners.get(name) ?? []) listener(numbered as never);
    },
    skip(count) {
      seq += count;
    },
    connection(state) {
      for (const watcher of watchers) watcher(state);
    },
  };
}
