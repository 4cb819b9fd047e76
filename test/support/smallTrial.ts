import { expect, it } from 'vitest';
import { figuresInWords, type Trial } from '../trials/trial.ts';

/** Another seed every day, and the same one again when a day's trial has failed. */
const SEED = Number(process.env.TICKLINE_SEED ?? Math.floor(Date.now() / 86_400_000));

/** The small version of a long trial as one test. */
export function smallTrial(trial: Trial, limitMs = 120_000): void {
  it(`${trial.id}: ${trial.title}`, { timeout: limitMs }, async () => {
    const report = await trial.run({ scale: 'small', seed: SEED, say: () => undefined });
    process.stdout.write(`${trial.id} (seed ${SEED}): ${figuresInWords(report)}\n`);
    expect(report.figures.length).toBeGreaterThan(0);
    expect(report.figures.filter((figure) => !figure.pass)).toEqual([]);
  });
}
