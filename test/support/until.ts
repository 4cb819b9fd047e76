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
