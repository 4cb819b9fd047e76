/** This computer, as Node tells of it. */
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskFacts, FrameFacts, Host } from '../../core/ports/host.ts';

/** `statfs` types of file systems that lie on another machine (linux/magic.h, and what drivers out of the tree use). */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
]);

export function createHost(options: { readonly folder: string; readonly databaseFile: string; readonly frame?: FrameFacts }): Host {
  const { folder } = options;
  const database = join(folder, options.databaseFile);
  return {
    async disk() {
      const [file, wal, system] = await Promise.all([sizeOf(database), sizeOf(`${database}-wal`), systemOf(folder)]);
      return {
        folder,
        ...(file === undefined ? {} : { databaseBytes: file }),
        ...(wal === undefined ? {} : { walBytes: wal }),
        ...system,
      };
    },
    parts: partsOf(process.versions),
    ...(options.frame === undefined ? {} : { frame: options.frame }),
    timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? '',
  };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch {
    return undefined;
  }
}

async function systemOf(folder: string): Promise<Omit<DiskFacts, 'folder'>> {
  const network = /^[\\/]{2}[^\\/?.]/.test(folder) ? 'Windows share' : undefined;
  try {
    const found = await statfs(folder);
    // the type is a signed number on some systems
    const type = process.platform === 'linux' ? NETWORK_TYPES.get(found.type >>> 0) : undefined;
    const name = network ?? type;
    return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize, ...(name === undefined ? {} : { network: name }) };
  } catch {
    return network === undefined ? {} : { network };
  }
}

const PARTS = [
  ['chrome', 'Chromium'],
  ['node', 'Node'],
] as const;

function partsOf(versions: Readonly<Record<string, string | undefined>>): Host['parts'] {
  return PARTS.flatMap(([key, name]) => {
    const version = versions[key];
    return version === undefined ? [] : [{ name, version }];
  });
}
