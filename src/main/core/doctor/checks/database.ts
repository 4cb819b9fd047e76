/** Is what arrived kept, and understood? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { Facts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { grouped, lengthOf, momentOf, plural, sizeOf } from '../words.ts';

export const databaseCheck: Check = {
  name: 'database',
  title: 'Database',
  look: (facts) => [...health(facts), ...quarantine(facts), ...backlog(facts)],
};

/** The journal is cut to 64 MB at each checkpoint; far above it, no checkpoint gets through. */
const WAL_TOO_LARGE = 256_000_000;
/** More waiting entries than a second's work. */
const BACKLOG = 5_000;

function health({ disk, queue, program, storageTrouble }: Facts): readonly Finding[] {
  const evidence = [
    disk.databaseBytes !== undefined && `Database: ${sizeOf(disk.databaseBytes)}`,
    disk.walBytes !== undefined && `Journal (WAL): ${sizeOf(disk.walBytes)}`,
    `SQLite ${program.sqlite}`,
    `${plural(queue.waiting, 'event')} waiting, ${grouped(queue.quarantined)} in quarantine`,
  ];
  if (storageTrouble !== undefined) {
    return [
      finding({
        id: `database.${storageTrouble.kind}`,
        level: 'problem',
        title: 'Nothing new can be saved',
        cause: `${storageTrouble.message} Webhooks are answered with 503 meanwhile, so that ${'the provider'} tries again; nothing is acknowledged that is not saved.`,
        evidence: [
          `Since ${momentOf(storageTrouble.since)}`,
          `SQLite says: ${storageTrouble.detail}`,
          storageTrouble.refused > 0 && `${plural(storageTrouble.refused, 'entry', 'entries')} turned away, none acknowledged`,
          ...evidence,
        ],
        nextStep: NEXT[storageTrouble.kind] ?? null,
      }),
    ];
  }
  if (disk.walBytes !== undefined && disk.walBytes > WAL_TOO_LARGE) {
    return [
      finding({
        id: 'database.wal',
        level: 'warning',
        title: 'The journal of the database has grown large',
        cause: `Its changes are not moved into the database because something keeps reading an old state, a copy or virus scanner for instance. Nothing is lost; it takes space and slows reading.`,
        evidence,
        nextStep: 'Close other programs that look into the data folder, or restart Tickline.',
      }),
    ];
  }
  return [
    finding({
      id: 'database.fine',
      level: 'ok',
      title: 'The database is in order',
      cause: 'Every event is written to the disk before it is acknowledged.',
      evidence,
    }),
  ];
}

const NEXT: Readonly<Record<string, string>> = {
  full: 'Free some space on the disk.',
  io: 'Make a backup to another disk, then have this one checked.',
  refused: 'Give Tickline the right to write to its data folder again.',
  busy: 'Close the other program that uses the data folder.',
  damaged: 'Restart Tickline; it sets the damaged file aside and offers the newest good backup.',
};

function quarantine({ queue, now }: Facts): readonly Finding[] {
  if (queue.quarantined === 0) return [];
  return [
    finding({
      id: 'database.quarantine',
      level: 'warning',
      title: `${plural(queue.quarantined, 'event was', 'events were')} not understood`,
      cause: 'They are kept whole and masked, and hold nothing else up. What they say is not in the log yet.',
      evidence: [
        queue.oldestQuarantinedAt !== undefined &&
          `The oldest came ${momentOf(queue.oldestQuarantinedAt)}, ${lengthOf(now - queue.oldestQuarantinedAt)} ago`,
      ],
      nextStep: 'Look at the reason beside each. After an update that understands them, replay them; the log is then mended.',
      action: { kind: 'go', label: 'Open Events', screen: 'events', account: null },
    }),
  ];
}

function backlog({ queue }: Facts): readonly Finding[] {
  if (queue.waiting < BACKLOG) return [];
  return [
    finding({
      id: 'database.backlog',
      level: 'note',
      title: 'Tickline is catching up',
      cause: `${plural(queue.waiting, 'event is', 'events are')} kept and wait to be understood. They are safe; the screens follow in a moment.`,
    }),
  ];
}
