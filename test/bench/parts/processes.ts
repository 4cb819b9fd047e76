/** Child processes of the benchmarks: servers that print where they listen, and workers that print one JSON line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadResult, LoadWork } from './load.ts';

const part = (name: string) => join(import.meta.dirname, name);

export const SECRET = 'fb0ad0f00d0000000000000000000001';

export async function runJson<T>(file: string, ...args: string[]): Promise<T> {
  const child = spawn(process.execPath, ['--expose-gc', part(file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const [code] = (await once(child, 'close')) as [number | null];
  const last = lines.at(-1);
  if (code !== 0 || last === undefined) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(last) as T;
}

export function load(work: Omit<LoadWork, 'secret'>): Promise<LoadResult> {
  return runJson<LoadResult>('load.ts', JSON.stringify({ ...work, secret: SECRET }));
}

/** One of the article's servers. */
export async function startArticle(kind: 'plain' | 'insert', file: string): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [part('article.ts'), kind, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, WEBHOOK_SECRET: SECRET },
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    port: Number(line),
    async stop() {
      child.kill();
      await once(child, 'close');
    },
  };
}
