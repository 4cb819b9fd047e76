/** This computer, as Node tells of it. */
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskFacts, FrameFacts, Host } from '../../core/ports/host.ts';
import { networkKind } from '../../networkFolder.ts';

export function createHost(options: { readonly folder: string; readonly databaseFile: string; readonly frame?: FrameFacts }): Host {
  const { folder } = options;
  const database = join(folder, options.databaseFile);
  // asked once: it may mean starting another program
  let network: { readonly kind: string | undefined } | undefined;
  return {
    async disk() {
      network ??= { kind: networkKind(folder) };
      const [file, wal, system] = await Promise.all([sizeOf(database), sizeOf(`${database}-wal`), systemOf(folder)]);
      return {
        folder,
        ...(file === undefined ? {} : { databaseBytes: file }),
        ...(wal === undefined ? {} : { walBytes: wal }),
        ...system,
        ...(network.kind === undefined ? {} : { network: network.kind }),
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

async function systemOf(folder: string): Promise<Pick<DiskFacts, 'freeBytes' | 'totalBytes'>> {
  try {
    const found = await statfs(folder);
    return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
  } catch {
    return {};
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
