/**
 * What a simple program holds for so many open messages. `naive.ts timers N`: a timer each; `naive.ts all N`:
 * one question for each at once, at a server that answers after 50 ms. Prints one JSON line.
 */
import { createServer } from 'node:http';

const [kind, count = '0'] = process.argv.slice(2);
const N = Number(count);
(globalThis as { gc?: () => void }).gc?.();
const before = process.memoryUsage();

if (kind === 'timers') {
  const timers = Array.from({ length: N }, (_, i) => setTimeout(() => void i, 3_600_000 + i));
  (globalThis as { gc?: () => void }).gc?.();
  const bytes = process.memoryUsage().heapUsed - before.heapUsed;
  for (const timer of timers) clearTimeout(timer);
  process.stdout.write(`${JSON.stringify({ bytes })}\n`);
} else {
  const server = createServer((_request, response) => void setTimeout(() => response.end('{"status":2}'), 50));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  let peak = 0;
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const answers = await Promise.allSettled(
    Array.from({ length: N }, (_, i) => fetch(`http://127.0.0.1:${port}/${i}`).then((answer) => answer.text())),
  );
  clearInterval(watch);
  const failed = answers.filter((answer) => answer.status === 'rejected').length;
  process.stdout.write(`${JSON.stringify({ bytes: Math.max(peak, process.memoryUsage.rss()) - before.rss, failed, longestBlockMs: longest })}\n`);
  process.exit(0);
}
