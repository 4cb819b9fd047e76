/** P2, time to acknowledge, with arrivals on schedule whatever became of the ones before. */
import { load, startArticle } from './parts/processes.ts';
import { print, type Row } from './parts/report.ts';
import { startTickline } from './parts/tickline.ts';

const RUNS = [
  { rate: 240, seconds: 15, p99: 25 },
  { rate: 1_000, seconds: 15, p99: 100 },
] as const;

export async function p2(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { rate, seconds, p99 } of RUNS) {
    const work = { connections: 64, rate, seconds, messages: 20_000 };
    const article = await startArticle('plain', '');
    await load({ ...work, seconds: 2, prefix: 'W', port: article.port, path: '/webhook' });
    const theirs = await load({ ...work, prefix: 'R', port: article.port, path: '/webhook' });
    await article.stop();
    const bench = await startTickline();
    await load({ ...work, seconds: 2, prefix: 'W', port: bench.port, path: bench.path });
    const ours = await load({ ...work, prefix: 'R', port: bench.port, path: bench.path });
    await bench.stop();
    rows.push({
      what: `${rate} webhooks a second for ${seconds} s`,
      figure: `p50 ${ours.p50} p99 ${ours.p99} max ${ours.max} ms`,
      against: `the article (stores nothing): p50 ${theirs.p50} p99 ${theirs.p99} max ${theirs.max} ms`,
      target: `p99 ≤ ${p99} ms, none over 1 s`,
      met: ours.p99 <= p99 && ours.max <= 1_000 && ours.other === 0,
    });
  }
  print('P2  time to a durable 200, open model', rows);
  return rows;
}
