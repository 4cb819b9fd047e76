/** Loaded before the app (`--import`): every SAMPLE_EVERY real ms, what the process holds after a collection, to SAMPLES_FILE. */
import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.env.SAMPLES_FILE !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // Taken before another preload gives this process a faster clock.
  const timer = setInterval(
    () => {
      collect();
      const { rss, heapUsed, external } = process.memoryUsage();
      appendFileSync(process.env.SAMPLES_FILE, `${JSON.stringify({ at: Date.now(), rss, held: heapUsed + external })}\n`);
    },
    Number(process.env.SAMPLE_EVERY ?? 1000),
  );
  timer.unref();
}
