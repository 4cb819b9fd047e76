/**
 * The long trials, each in a process of its own, one line of result each:
 *
 *   npm run trials                         every trial at full scale
 *   npm run trials -- R5 R14               only these
 *   npm run trials -- R1 --seed 7          with this seed
 *   npm run trials -- --small              the versions that `npm test` runs
 *
 * A seed that failed is kept in failing-seeds.json and tried again, first, by every later run.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresInWords, passes, type Scale, type Trial, type TrialReport } from './trial.ts';

const HERE = import.meta.dirname;
const SEEDS = join(HERE, 'failing-seeds.json');
const RESULTS = resolve(HERE, '../../bench-results');
/** No trial may hang a night's run. */
const LONGEST_MS = 90 * 60_000;

type Seeds = Record<string, readonly number[]>;
type Outcome = { readonly id: string; readonly seed: number; readonly seconds: number; readonly passed: boolean; readonly words: string };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, small: { type: 'boolean', default: false }, child: { type: 'string' } },
});
const scale: Scale = values.small ? 'small' : 'full';
const say = (words: string) => void process.stderr.write(`${words}\n`);

/** Every file `rNN-….ts` of this folder, in order: its id and its path. */
function trialFiles(): readonly { readonly id: string; readonly path: string }[] {
  return readdirSync(HERE)
    .filter((name) => /^r\d\d-[\w-]+\.ts$/.test(name))
    .toSorted()
    .map((name) => ({ id: `R${Number(name.slice(1, 3))}`, path: join(HERE, name) }));
}

/** In the child: one trial, its report as the last line on standard output. */
async function runHere(path: string, seed: number): Promise<void> {
  const { trial } = (await import(path)) as { readonly trial: Trial };
  const report = await trial.run({ scale, seed, say: (words) => say(`  ${trial.id}: ${words}`) });
  process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
}

async function runInChild(id: string, path: string, seed: number): Promise<Outcome> {
  const began = performance.now();
  const args = [...process.execArgv, join(HERE, 'index.ts'), '--child', path, '--seed', String(seed), ...(values.small ? ['--small'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    written += part;
  });
  const overdue = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  clearTimeout(overdue);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const report = reportOf(written);
  if (report === undefined) return { id, seed, seconds, passed: false, words: `ended with ${code ?? 'a signal'} and without a report` };
  return { id, seed, seconds, passed: passes(report), words: figuresInWords(report) };
}

function reportOf(written: string): TrialReport | undefined {
  try {
    return JSON.parse(written.trimEnd().split('\n').at(-1) ?? '') as TrialReport;
  } catch {
    return undefined;
  }
}

function readSeeds(): Seeds {
  return JSON.parse(readFileSync(SEEDS, 'utf8')) as Seeds;
}

function keepSeed({ id, seed }: Outcome): void {
  const seeds = readSeeds();
  const kept = { ...seeds, [id]: [...new Set([...(seeds[id] ?? []), seed])] };
  writeFileSync(SEEDS, `${JSON.stringify(kept, null, 2)}\n`);
}

async function runAll(): Promise<void> {
  const files = trialFiles();
  const wanted = positionals.map((name) => name.toUpperCase());
  const unknown = wanted.filter((name) => !files.some(({ id }) => id === name));
  if (unknown.length > 0) {
    say(`There is no trial ${unknown.join(', ')}. There are ${files.map(({ id }) => id).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const outcomes: Outcome[] = [];
  for (const { id, path } of files) {
    if (wanted.length > 0 && !wanted.includes(id)) continue;
    const fresh = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
    const seeds = values.seed === undefined ? [...(readSeeds()[id] ?? []), fresh] : [fresh];
    for (const seed of seeds) {
      const outcome = await runInChild(id, path, seed);
      outcomes.push(outcome);
      process.stdout.write(`${outcome.passed ? 'pass' : 'FAIL'}  ${id.padEnd(3)}  seed ${seed}  ${outcome.seconds} s  ${outcome.words}\n`);
      if (!outcome.passed && !values.small) keepSeed(outcome);
    }
  }
  const failed = outcomes.filter((outcome) => !outcome.passed).length;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `trials-${scale}.json`), `${JSON.stringify({ node: process.version, scale, outcomes }, null, 2)}\n`);
  process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (values.child === undefined) await runAll();
else await runHere(values.child, Number(values.seed));
