/**
 * Keeps the window true: listen first, then ask, then apply what is newer. Changes are gathered and handed
 * out once per animation frame, so a storm of them is one small piece of work. A missing number, a lost
 * connection or an engine that started again means: ask everything afresh.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type ChangeName, type Changes, changeNames } from '../../../shared/contract/changes.ts';
import type { Api } from '../api.ts';

export type LinkState = { readonly phase: 'connecting' | 'live' | 'stale' | 'refused'; readonly since: number | null };
type Batch = { readonly [N in ChangeName]: readonly Changes[N][] };

export type Link = {
  readonly state: StoreApi<LinkState>;
  /** The changes of one frame, oldest first. */
  onBatch(listener: (batch: Batch) => void): () => void;
  /** Called whenever all that was shown must be asked again; at once when already connected. */
  onAsk(ask: () => void): () => void;
  close(): void;
};

/** Runs `work` soon, together with whatever else comes until then. */
export type NextFrame = (work: () => void) => void;

type Heard = { [N in ChangeName]: { readonly name: N; readonly value: Changes[N] } }[ChangeName];

export function createLink(api: Api, nextFrame: NextFrame): Link {
  const state = createStore<LinkState>(() => ({ phase: 'connecting', since: null }));
  const batchListeners = new Set<(batch: Batch) => void>();
  const asks = new Set<() => void>();
  let heard: Heard[] = [];
  let last: number | null = null;
  let scheduled = false;

  const askAll = () => {
    for (const ask of asks) ask();
  };
  const flush = () => {
    scheduled = false;
    const taken = heard;
    heard = [];
    const batch = gather(taken);
    for (const listener of batchListeners) listener(batch);
  };
  const take = (change: Heard) => {
    const { seq } = change.value;
    if (last !== null && seq === last) return;
    const missed = last !== null && seq !== last + 1;
    last = seq;
    heard.push(change);
    if (!scheduled) {
      scheduled = true;
      nextFrame(flush);
    }
    if (missed) askAll();
  };
  const stops = changeNames.map((name) => listen(api, name, take));
  stops.push(
    api.onConnection((connection) => {
      if (connection.state === 'lost') {
        const phase = connection.why === 'refused' ? 'refused' : state.getState().phase === 'connecting' ? 'connecting' : 'stale';
        state.setState({ phase, since: connection.since });
        return;
      }
      last = null;
      state.setState({ phase: 'live', since: null });
      askAll();
    }),
  );
  return {
    state,
    onBatch(listener) {
      batchListeners.add(listener);
      return () => void batchListeners.delete(listener);
    },
    onAsk(ask) {
      asks.add(ask);
      if (state.getState().phase === 'live') ask();
      return () => void asks.delete(ask);
    },
    close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

function listen<N extends ChangeName>(api: Api, name: N, take: (change: Heard) => void): () => void {
  // the pair of a name and its own value is exactly one member of the union, which the compiler cannot see through N
  return api.on(name, (value) => take({ name, value } as Heard));
}

function gather(heard: readonly Heard[]): Batch {
  const values = <N extends ChangeName>(name: N) => heard.flatMap((change) => (change.name === name ? [change.value as Changes[N]] : []));
  return {
    'message.changed': values('message.changed'),
    'intake.changed': values('intake.changed'),
    'session.changed': values('session.changed'),
    'inbox.changed': values('inbox.changed'),
    'replay.changed': values('replay.changed'),
    'export.changed': values('export.changed'),
    'backups.changed': values('backups.changed'),
    'doctor.changed': values('doctor.changed'),
    'notice.raised': values('notice.raised'),
  };
}

/** In a storm two frames share one piece of work, which leaves the window half of its time for the owner. */
const LEAST_APART = 30;

/** One frame from now, a little later in a storm, or a quarter of a second where no frames are drawn (a hidden window). */
export function createAnimationFrame(): NextFrame {
  let last = 0;
  return (work) => {
    let done = false;
    const once = () => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      last = performance.now();
      work();
    };
    const timer = setTimeout(once, 250);
    const onFrame = () => {
      if (performance.now() - last >= LEAST_APART) once();
      else if (!done) requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
  };
}
