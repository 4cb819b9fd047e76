/** Figures from samples. */

/** The value below which `share` (0 to 1) of the samples lie; NaN of none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Welch's t of two sets of samples with their own variances: beyond 4.5 their means differ (as dudect judges leaks of time). */
export function welch(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [momentsOf(a), momentsOf(b)];
  return Math.abs(x.mean - y.mean) / Math.sqrt(x.variance / a.length + y.variance / b.length);
}

/** Both without their slowest part, which is other work of the machine: cut at the same value, so that no difference is lost or made. */
export function croppedWelch(a: readonly number[], b: readonly number[], keep = 0.9): number {
  const limit = percentile([...a, ...b], keep);
  return welch(
    a.filter((value) => value <= limit),
    b.filter((value) => value <= limit),
  );
}

function momentsOf(samples: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  return { mean, variance: samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (samples.length - 1) };
}
