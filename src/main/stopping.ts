/** Whether `work` ended within `ms`. Its failure counts as an end, and is passed on. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ctrl-C in a terminal reaches every process of the group, and `npm start` passes it on as well: one wish, heard twice. */
const SAME_WISH = 750;

/** Calls `first` at the first signal to stop, and `second` when somebody insists. */
export function onStopSignal(listeners: { readonly first: () => void; readonly second: () => void }): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      listeners.first();
    } else if (performance.now() - firstAt > SAME_WISH) listeners.second();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}
