/** Waits for a state that real sockets bring about; for tests whose clock stands still. */

/** Resolves when `met` gives something truthy; rejects after `limitMs` of real time, naming `what`. */
export async function until<T>(met: () => T | undefined | null | false, what = 'the awaited state', limitMs = 8_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = met();
    if (value) return value;
    if (performance.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The same for a state that has to be asked for. */
export async function untilAnswered<T>(ask: () => Promise<T | undefined | null | false>, what = 'the awaited state', limitMs = 8_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (value) return value;
    if (performance.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
