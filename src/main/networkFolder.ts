/**
 * Refuses to keep the database on another computer's disk. Write-ahead logging needs memory that every opener
 * shares and locks that hold, and neither works over a network (sqlite.org/wal.html): two computers would each
 * believe that they are alone, and write over each other.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statfsSync } from 'node:fs';
import { FailureError, fail } from './core/domain/failure.ts';

/** What is asked of the system; tests bring their own. */
export type FolderSystem = {
  readonly platform: NodeJS.Platform;
  /** The folder's real path; on Windows with mapped drives as the share they stand for. */
  realPath(folder: string): string;
  /** The file system's number (statfs), or undefined where it means nothing. */
  typeNumber(folder: string): number | undefined;
  /** What is mounted, each with its kind in words; read only where the number does not suffice. */
  mounts(): readonly { readonly at: string; readonly kind: string }[];
};

/**
 * Numbers of <linux/magic.h> and of the file systems themselves. Only what is known to break is here: 9p and
 * virtiofs share one computer's disk with its own virtual machines and are how many people run them (they stay
 * allowed, and SQLite's own check refuses those without shared memory), overlays are local, and FUSE can be either.
 */
const NETWORK_NUMBERS: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  22092: 'NetWare',
  1397113167: 'AFS',
  1799439955: 'AFS',
  1937076805: 'Coda',
  12805120: 'Ceph',
  198183888: 'Lustre',
  18225520: 'GFS2',
  1952539503: 'OCFS2',
};
const FUSE = 0x65735546;
const NETWORK_KINDS =
  /^(nfs\d?|smbfs|smb\d?|cifs|afpfs|webdav|ncpfs|davfs|(fuse\.)?(sshfs|rclone|davfs2?|s3fs|goofys|gcsfuse|glusterfs|ceph|curlftpfs|smbnetfs|google-drive-ocamlfuse|onedriver))$/i;

/** Throws a FailureError `storage_unavailable` that names the kind of file system. */
export function assertLocalFolder(folder: string, system: FolderSystem = thisSystem): void {
  const kind = networkKind(folder, system);
  if (kind === undefined) return;
  throw new FailureError(
    fail(
      'storage_unavailable',
      `The data folder ${folder} is on a network drive, where Tickline cannot keep your records safely. Choose a folder on this computer with --data.`,
      { detail: kind },
    ).error,
  );
}

/** The network file system that `folder` lies on, in a word; undefined for a local one, and where the system does not tell. */
export function networkKind(folder: string, system: FolderSystem = thisSystem): string | undefined {
  if (system.platform === 'win32') return isShare(folder) || isShare(system.realPath(folder)) ? 'a Windows share' : undefined;
  if (system.platform === 'darwin') return kindOfMount(folder, system);
  const number = system.typeNumber(folder);
  if (number === undefined) return undefined;
  return number === FUSE ? kindOfMount(folder, system) : NETWORK_NUMBERS[number >>> 0];
}

/** `\\server\share`, also in its long form; `\\?\C:\` and `\\.\` are this computer's own. */
function isShare(path: string): boolean {
  return /^\\\\(\?\\UNC\\|(?![?.]\\))/i.test(path.replaceAll('/', '\\'));
}

function kindOfMount(folder: string, system: FolderSystem): string | undefined {
  const path = system.realPath(folder);
  const nearest = system
    .mounts()
    .filter(({ at }) => path === at || at === '/' || path.startsWith(`${at}/`))
    .reduce<{ at: string; kind: string } | undefined>(
      (best, mount) => (best === undefined || mount.at.length >= best.at.length ? mount : best),
      undefined,
    );
  return nearest !== undefined && NETWORK_KINDS.test(nearest.kind) ? nearest.kind : undefined;
}

const thisSystem: FolderSystem = {
  platform: process.platform,
  realPath: (folder) => orElse(() => realpathSync.native(folder), folder),
  typeNumber: (folder) => orElse(() => statfsSync(folder).type, undefined),
  mounts: () =>
    orElse(
      () =>
        process.platform === 'darwin'
          ? mountsOfDarwin(execFileSync('/sbin/mount', { encoding: 'utf8' }))
          : mountsOfLinux(readFileSync('/proc/self/mountinfo', 'utf8')),
      [],
    ),
};

/** Lines like `//me@server/share on /Volumes/share (smbfs, nodev, nosuid)`. */
export function mountsOfDarwin(text: string): readonly { readonly at: string; readonly kind: string }[] {
  return [...text.matchAll(/^.* on (.+) \((\w+)[,)]/gm)].map(([, at = '', kind = '']) => ({ at, kind }));
}

/** See proc_pid_mountinfo(5): the fifth field is the place, the first after the dash the kind. */
export function mountsOfLinux(text: string): readonly { readonly at: string; readonly kind: string }[] {
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const [at, kind] = [left?.split(' ')[4], right?.split(' ')[0]];
    if (at === undefined || kind === undefined) return [];
    return [{ at: at.replaceAll(/\\([0-7]{3})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 8))), kind }];
  });
}

function orElse<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}
