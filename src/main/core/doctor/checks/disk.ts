/** Is the data folder in a good place, with room? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { Facts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { sizeOf } from '../words.ts';

export const diskCheck: Check = { name: 'disk', title: 'Disk', look: ({ disk }) => [...room(disk), ...place(disk)] };

/** Below this the next busy day may not fit. */
const ALMOST_FULL = 200_000_000;
const SMALL = 1_000_000_000;

function room(disk: Facts['disk']): readonly Finding[] {
  const { freeBytes, totalBytes, databaseBytes = 0 } = disk;
  if (freeBytes === undefined) return [];
  const evidence = [
    `Free: ${sizeOf(freeBytes)}${totalBytes === undefined ? '' : ` of ${sizeOf(totalBytes)}`}`,
    `Database: ${sizeOf(databaseBytes)}`,
    `Data folder: ${disk.folder}`,
  ];
  const next = 'Free some space, or move the data folder to a larger disk (start Tickline with --data).';
  if (freeBytes < ALMOST_FULL) {
    return [
      finding({
        id: 'disk.full',
        level: 'problem',
        title: 'The disk is almost full',
        cause: `${sizeOf(freeBytes)} are left. When nothing more fits, Tickline stops acknowledging events until there is room again.`,
        evidence,
        nextStep: next,
      }),
    ];
  }
  // A backup is a second copy, and mending the database needs a third for a moment.
  if (freeBytes < Math.max(SMALL, databaseBytes * 2)) {
    return [
      finding({
        id: 'disk.small',
        level: 'warning',
        title: 'The disk has little room left',
        cause: `${sizeOf(freeBytes)} are free. A backup or a repair of the database needs up to twice its size (${sizeOf(databaseBytes)}).`,
        evidence,
        nextStep: next,
      }),
    ];
  }
  return [finding({ id: 'disk.fine', level: 'ok', title: 'The disk has room', cause: `${sizeOf(freeBytes)} are free.`, evidence })];
}

function place({ folder, network }: Facts['disk']): readonly Finding[] {
  const synced = syncServiceOf(folder);
  const move = 'Move the data folder to a disk of this computer: stop Tickline, copy the folder, and start it with --data.';
  return [
    ...(network === undefined
      ? []
      : [
          finding({
            id: 'disk.network',
            level: 'warning',
            title: 'The data folder lies on another computer',
            cause: `It is on a network drive (${network}), which may lose what was said to be written when the connection breaks.`,
            evidence: [`Data folder: ${folder}`],
            nextStep: move,
          }),
        ]),
    ...(synced === undefined
      ? []
      : [
          finding({
            id: 'disk.synced',
            level: 'warning',
            title: `The data folder is synchronised by ${synced}`,
            cause: `${synced} copies the files of the database one by one while they change, which can damage them, and it carries the log to other computers.`,
            evidence: [`Data folder: ${folder}`],
            nextStep: `${move} Keep backups in ${synced} instead, if you like.`,
          }),
        ]),
  ];
}

const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/^OneDrive(?: - .+)?$/i, 'OneDrive'],
  [/^Dropbox(?: \(.+\))?$/i, 'Dropbox'],
  [/^(?:Mobile Documents|com~apple~CloudDocs|iCloud ?Drive)$/i, 'iCloud'],
  [/^(?:Google ?Drive|GoogleDrive(?:-.+)?|My Drive)$/i, 'Google Drive'],
  [/^(?:Nextcloud|ownCloud)$/i, 'Nextcloud'],
  [/^p ?CloudDrive$/i, 'pCloud'],
  [/^MEGA(?:sync)?$/i, 'MEGA'],
  [/^Syncthing$|^Sync$/i, 'a synchronising program'],
];

/** The service that a folder's name on the way gives away. */
export function syncServiceOf(folder: string): string | undefined {
  const parts = folder.split(/[\\/]+/);
  for (const [name, service] of SERVICES) if (parts.some((part) => name.test(part))) return service;
  return undefined;
}
