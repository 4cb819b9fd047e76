/** Is this computer's clock right? Half of what the log says are times. */
import type { Finding } from '../../../../shared/contract/health.ts';
import { SKEW_WORTH_SAYING_MS } from '../../ingest/clockSkew.ts';
import type { Facts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { lengthOf, momentOf } from '../words.ts';

export const clockCheck: Check = { name: 'clock', title: 'Clock', look };

/** The first release of Tickline is younger. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
/** Beyond this the certificates of everybody we speak to have changed. */
const LATEST_MS = Date.UTC(2100, 0, 1);

function look(facts: Facts): readonly Finding[] {
  const { now, program } = facts;
  const zone = zoneFinding(facts);
  if (now < EARLIEST_MS || now > LATEST_MS) {
    return [
      finding({
        id: 'clock.year',
        level: 'problem',
        title: "This computer's clock shows an impossible date",
        cause: `It says ${new Date(now).toISOString().slice(0, 10)}. Times of the log are wrong by as much, and secure connections fail.`,
        nextStep: 'Switch on automatic date and time in the settings of this computer.',
      }),
      ...zone,
    ];
  }
  const heard = facts.accounts.flatMap((account) => account.skews.map((skew) => ({ ...skew, account: account.name })));
  const off = heard.filter(({ ms }) => Math.abs(ms) > SKEW_WORTH_SAYING_MS);
  const right = heard.filter(({ ms }) => Math.abs(ms) <= SKEW_WORTH_SAYING_MS);
  const evidence = [
    ...heard.map(({ by, ms }) => `${by}: ${Math.abs(ms) < 1500 ? 'the same to a second' : `${lengthOf(ms)} ${ms > 0 ? 'ahead of' : 'behind'} ours`}`),
    `Our clock: ${momentOf(now)}${program.timeZone === '' ? '' : `, ${program.timeZone}`}`,
  ];
  const worst = off.toSorted((a, b) => Math.abs(b.ms) - Math.abs(a.ms))[0];
  if (worst === undefined) {
    const cause =
      heard.length === 0 ? 'Nobody has told us the time yet, so it is taken as it is.' : 'It agrees with the clocks of those we speak to.';
    return [finding({ id: 'clock.fine', level: 'ok', title: "This computer's clock is right", cause, evidence }), ...zone];
  }
  if (right.length > 0) {
    // Those who agree with us are in the majority or at least even; ours is not the odd one.
    return [
      finding({
        id: 'clock.others',
        level: 'note',
        title: 'Somebody else’s clock is wrong',
        cause: `${worst.by} shows a time ${lengthOf(worst.ms)} ${worst.ms > 0 ? 'ahead' : 'behind'}, and others agree with this computer.`,
        evidence,
      }),
      ...zone,
    ];
  }
  return [
    finding({
      id: 'clock.skewed',
      level: 'problem',
      title: `This computer's clock is ${lengthOf(worst.ms)} ${worst.ms > 0 ? 'behind' : 'ahead'}`,
      cause: `${worst.by} says so. Times that Tickline notes itself are wrong by as much; times that the provider states are right.`,
      evidence,
      nextStep: 'Switch on automatic date and time in the settings of this computer.',
    }),
    ...zone,
  ];
}

function zoneFinding({ program }: Facts): readonly Finding[] {
  if (program.timeZone !== '' && program.timeZone !== 'Etc/Unknown') return [];
  return [
    finding({
      id: 'clock.no-zone',
      level: 'note',
      title: 'The time zone of this computer is not known',
      cause: 'Times are shown in UTC, which may be some hours off the clock on the wall.',
      nextStep: 'Choose a time zone in the settings of this computer.',
    }),
  ];
}
