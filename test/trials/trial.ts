/** What a long trial is: a promise, put under load and faults, with figures that pass or fail. */

/** `full` is what `npm run trials` runs; `small` takes seconds and is part of `npm test`. */
export type Scale = 'full' | 'small';

export type TrialOptions = {
  readonly scale: Scale;
  /** Everything random in the trial follows from it. */
  readonly seed: number;
  /** Progress for whoever watches; never part of the result. */
  readonly say: (words: string) => void;
};

/** One figure of the result beside what it must be. */
export type Figure = { readonly name: string; readonly value: number | string; readonly target: string; readonly pass: boolean };

/** Passes when there are figures and every one of them passes. */
export type TrialReport = { readonly figures: readonly Figure[] };

export type Trial = {
  /** `R5`; the number of the trial in its plan. */
  readonly id: string;
  /** The promise in one sentence. */
  readonly title: string;
  /** Rejects only when the trial itself could not be run. Leaves nothing behind. */
  run(options: TrialOptions): Promise<TrialReport>;
};

export function passes(report: TrialReport): boolean {
  return report.figures.length > 0 && report.figures.every((figure) => figure.pass);
}

/** `0 lost (0), 1 000 kills (≥ 1 000)`: each figure with its target. */
export function figuresInWords(report: TrialReport): string {
  return report.figures.map(({ name, value, target, pass }) => `${name} ${inWords(value)} (${target})${pass ? '' : ' ✗'}`).join(' · ');
}

function inWords(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 3 }).replaceAll(',', ' ') : value;
}

/** For a trial that this computer has not the means for: said plainly; at full scale that is no pass. */
export function notRun(scale: Scale, needs = 'Linux and a C compiler'): TrialReport {
  return { figures: [{ name: 'not run here: it needs', value: needs, target: 'run', pass: scale === 'small' }] };
}
