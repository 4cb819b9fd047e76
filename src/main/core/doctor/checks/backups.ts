/** Could the log be brought back, and did it have to be? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { Facts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { lengthOf, momentOf } from '../words.ts';

export const backupsCheck: Check = { name: 'backups', title: 'Backups', look: (facts) => [...copies(facts), ...recovery(facts)] };

/** One is made every day that Tickline runs. */
const OLD_MS = 3 * 86_400_000;
/** Long enough for the first to have been made. */
const SHOULD_EXIST_MS = 6 * 3_600_000;

function copies({ storage, program, now, accounts }: Facts): readonly Finding[] {
  if (storage === undefined) return [];
  const { lastBackupAt, checkedAt, problem } = storage;
  const runningMs = now - program.startedAt;
  if (lastBackupAt === null || now - lastBackupAt > OLD_MS) {
    // Of invented messages no copy is made, and the first look comes some minutes after the start.
    if (problem === null && (runningMs < SHOULD_EXIST_MS || accounts.every((account) => account.demo))) return [];
    return [
      finding({
        id: lastBackupAt === null ? 'backups.none' : 'backups.old',
        level: 'warning',
        title: lastBackupAt === null ? 'There is no backup yet' : `The last backup is ${lengthOf(now - lastBackupAt)} old`,
        cause: `Tickline makes one every day by itself${problem === null ? ', but it has not run long enough at a time' : ', and the last try did not succeed'}. Should the database be damaged, what is newer may be lost.`,
        evidence: [
          problem !== null && `The last try: ${problem}`,
          lastBackupAt !== null && `Last backup: ${momentOf(lastBackupAt)}`,
          `Running for ${lengthOf(runningMs)}`,
        ],
        nextStep: 'Make one now under Backups below; it says what stands in the way.',
      }),
    ];
  }
  return [
    finding({
      id: 'backups.fine',
      level: 'ok',
      title: 'There is a good backup',
      cause: 'It was opened and checked when it was made.',
      evidence: [`Made ${momentOf(lastBackupAt)}`, checkedAt !== null && `Every page of the database was read ${momentOf(checkedAt)}`],
    }),
  ];
}

function recovery({ storage }: Facts): readonly Finding[] {
  const last = storage?.lastRecovery;
  if (last === undefined || last === null || last.seen) return [];
  const { figures } = last;
  const damaged = last.kind === 'recovered';
  return [
    finding({
      id: `backups.${last.kind}`,
      level: damaged && figures.entriesMissing > 0 ? 'problem' : 'warning',
      title: damaged
        ? 'The database was damaged and has been recovered'
        : last.kind === 'restored'
          ? 'A backup was put back'
          : 'A backup could not be put back',
      cause: last.why,
      evidence: [`On ${momentOf(last.at)}`, ...last.words, last.setAside !== null && `The files from before are kept in ${last.setAside}`],
      nextStep:
        'Read under Backups below what was saved and what is missing, and put the report away there. If it happens again, have the disk checked.',
    }),
  ];
}
