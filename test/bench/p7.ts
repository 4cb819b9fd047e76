/** P7, recovery: nobody listened for an hour while 5 000 statuses rose; how long until all are known, and for how many questions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE } from './parts/economy.ts';
import { liveThroughOutage } from './parts/outage.ts';
import { print, type Row } from './parts/report.ts';

const MESSAGES = 5_000;
const PER_MINUTE = 256;

export async function p7(): Promise<readonly Row[]> {
  const rows = await recovery(MESSAGES, PER_MINUTE);
  print(`P7  recovery after an hour in which ${MESSAGES} statuses were missed, at ${PER_MINUTE} requests a minute`, rows);
  return rows;
}

export async function recovery(messages: number, perMinute: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickline-bench-'));
  try {
    const outage = await liveThroughOutage(folder, messages, perMinute, 7);
    const least = (messages / perMinute) * MINUTE;
    const ratio = (outage.coveredMs ?? Number.POSITIVE_INFINITY) / least;
    return [
      {
        what: 'until every status is known',
        figure: outage.coveredMs === undefined ? 'never' : `${(outage.coveredMs / MINUTE).toFixed(1)} min`,
        against: `${ratio.toFixed(2)} × the least possible, ${(least / MINUTE).toFixed(1)} min`,
        target: '≤ 1.15 ×',
        met: ratio <= 1.15,
      },
      {
        what: 'questions',
        figure: String(outage.requests),
        against: `${messages} at least; at most ${outage.mostInAMinute} in any minute; ${outage.recoveredShown} shown as recovered`,
        target: `≤ 1.15 × as many, ≤ ${perMinute} a minute`,
        met: outage.requests <= 1.15 * messages && outage.mostInAMinute <= perMinute,
      },
      { what: 'messages or statuses that stand twice', figure: String(outage.doubled), target: '0', met: outage.doubled === 0 },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
