/** How figures are printed and judged: medians of repeats, always with what they are compared with. */
export type Row = { readonly what: string; readonly figure: string; readonly against?: string; readonly target?: string; readonly met?: boolean };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** "16 240/s (14 900–16 800)" */
export function rate(values: readonly number[]): string {
  const round = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return `${round(median(values))}/s (${round(Math.min(...values))}–${round(Math.max(...values))})`;
}

export function print(title: string, rows: readonly Row[]): void {
  process.stdout.write(`\n${title}\n`);
  for (const row of rows) {
    const verdict = row.met === undefined ? '' : row.met ? '  met' : '  MISSED';
    process.stdout.write(
      `  ${row.what.padEnd(52)} ${row.figure.padEnd(30)}${row.against ? ` ${row.against}` : ''}${row.target ? `  target ${row.target}` : ''}${verdict}\n`,
    );
  }
}
