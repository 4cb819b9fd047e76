/** P1, durable ingest: webhooks verified, committed at synchronous=FULL, answered 200, and understood. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, runJson, startArticle } from './parts/processes.ts';
import { median, print, type Row, rate } from './parts/report.ts';
import { startTickline } from './parts/tickline.ts';

const REPEATS = 3;
const SECONDS = 4;

export async function p1(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickline-bench-'));
  const figures = {
    plain: [] as number[],
    insert: [] as number[],
    ours: [] as number[],
    oursAnswered: [] as number[],
    one: [] as number[],
    thousand: [] as number[],
    p99: [] as number[],
    plainP99: [] as number[],
  };
  try {
    // All of them in turn, three times: what else the machine does then falls on all alike.
    for (let i = 0; i < REPEATS; i++) {
      const work = { connections: 64, rate: 0, seconds: SECONDS, messages: 20_000 };
      for (const kind of ['plain', 'insert'] as const) {
        const server = await startArticle(kind, join(folder, `article-${i}.sqlite`));
        await load({ ...work, seconds: 1, prefix: 'W', port: server.port, path: '/webhook' });
        const result = await load({ ...work, prefix: `R${i}`, port: server.port, path: '/webhook' });
        figures[kind].push(result.perSecond);
        if (kind === 'plain') figures.plainP99.push(result.p99);
        await server.stop();
      }
      const bench = await startTickline();
      await load({ ...work, seconds: 1, prefix: 'W', port: bench.port, path: bench.path });
      const before = (await bench.settled()).stored;
      const result = await load({ ...work, prefix: `R${i}`, port: bench.port, path: bench.path });
      const settled = await bench.settled();
      if (settled.stored - before !== result.acknowledged) throw new Error(`${result.acknowledged} acknowledged, ${settled.stored - before} stored`);
      figures.oursAnswered.push(result.perSecond);
      figures.ours.push(result.acknowledged / (result.seconds + settled.seconds));
      figures.p99.push(result.p99);
      await bench.stop();
      for (const [name, rows] of [
        ['one', '1'],
        ['thousand', '1000'],
      ] as const) {
        figures[name].push((await runJson<{ perSecond: number }>('raw.ts', rows, '2', join(folder, `raw-${name}-${i}.sqlite`))).perSecond);
      }
    }
    const ours = median(figures.ours);
    const ratio = (base: readonly number[]) => ours / median(base);
    const against = (what: string, base: readonly number[], target: number): Row => ({
      what,
      figure: rate(base),
      against: `we do ${ratio(base).toFixed(2)} ×`,
      target: `≥ ${target} ×`,
      met: ratio(base) >= target,
    });
    const rows: Row[] = [
      { what: 'fdatasync of 4 KB on this disk', figure: fdatasync(folder) },
      {
        what: 'Tickline, kept, answered and understood',
        figure: rate(figures.ours),
        against: `answered alone ${rate(figures.oursAnswered)}; p99 ${median(figures.p99).toFixed(1)} ms`,
      },
      {
        ...against('(a) the article’s Express, storing nothing', figures.plain, 1.8),
        against: `we do ${ratio(figures.plain).toFixed(2)} ×; its p99 ${median(figures.plainP99).toFixed(1)} ms`,
      },
      against('(b) the article’s Express, one durable insert each', figures.insert, 3.5),
      against('(c) better-sqlite3 alone, one row a commit', figures.one, 1.5),
      against('(d) better-sqlite3 alone, 1000 rows a commit', figures.thousand, 0.12),
    ];
    print('P1  durable ingest, 64 connections, closed loop, synchronous=FULL', rows);
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A median under 0.05 ms would mean that the disk does not really write. */
function fdatasync(folder: string): string {
  const file = openSync(join(folder, 'sync'), 'w');
  const block = Buffer.alloc(4096);
  const times = Array.from({ length: 300 }, () => {
    const started = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - started;
  }).sort((a, b) => a - b);
  closeSync(file);
  return `p50 ${times[150]?.toFixed(2)} ms, p99 ${times[296]?.toFixed(2)} ms`;
}
