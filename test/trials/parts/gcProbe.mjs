/** Loaded before the app: on SIGUSR2 it collects all garbage and writes one line of what is left to TICKLINE_PROBE_FILE. */
import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.env.TICKLINE_PROBE_FILE) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    appendFileSync(process.env.TICKLINE_PROBE_FILE, `${JSON.stringify({ rss, heapUsed, external })}\n`);
  });
}
