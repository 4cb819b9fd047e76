/** The present moment for ages and open ends, once a second while the window is seen. */
import { createStore, type StoreApi } from 'zustand/vanilla';

export function createClock(): StoreApi<{ readonly now: number }> {
  const store = createStore(() => ({ now: Date.now() }));
  setInterval(() => {
    if (!document.hidden) store.setState({ now: Date.now() });
  }, 1000);
  return store;
}

/** `now` in steps that matter for something `age` ms old, so that old rows are not drawn again every second. */
export function coarse(now: number, at: number): number {
  const age = now - at;
  const step = age < 60_000 ? 1000 : age < 3_600_000 ? 10_000 : 60_000;
  return Math.floor(now / step) * step;
}
