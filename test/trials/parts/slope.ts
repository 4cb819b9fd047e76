/** The straight line through points, by least squares. */
export type Slope = {
  /** Units of y for one of x. */
  readonly perX: number;
  /** Its standard error: two of them either side hold the true slope in about 95 of 100 cases. */
  readonly error: number;
};

export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const n = points.length;
  if (n < 3) return { perX: 0, error: Number.POSITIVE_INFINITY };
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const perX = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residue = points.reduce((sum, [x, y]) => sum + (y - meanY - perX * (x - meanX)) ** 2, 0);
  return { perX, error: Math.sqrt(residue / (n - 2) / spread) };
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
