import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/main/adapters/sqlite/open.ts';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { FailureError } from '../../src/main/core/domain/failure.ts';
import { prepareDataFolder } from '../../src/main/dataFolder.ts';
import type { FolderSystem } from '../../src/main/networkFolder.ts';
import { beginApp, type Starting } from '../support/app.ts';
import type { Trial } from './trial.ts';

/** What a copy that may not start ends with; see headless.ts. */
const COULD_NOT_START = 70;

/** In the desktop app the second copy brings the first one's window to the front (desktop.spec.ts). About 3 minutes at full scale. */
export const trial: Trial = {
  id: 'R21',
  title: 'of two copies started at once on one folder one runs and the other says why, and a network folder is refused',
  async run({ scale, say }) {
    const rounds = scale === 'full' ? 40 : 2;
    const wrong: string[] = [];
    let alone = 0;
    for (let round = 0; round < rounds; round++) {
      const data = mkdtempSync(join(tmpdir(), 'tickline-twice-'));
      try {
        const found = await startTwice(data);
        if (found.length === 0) alone++;
        for (const words of found) wrong.push(`round ${round}: ${words}`);
      } finally {
        rmSync(data, { recursive: true, force: true, maxRetries: 3 });
      }
      if ((round + 1) % 10 === 0) say(`${round + 1} rounds, ${wrong.length} wrong`);
    }
    const networks = refusedNetworks();
    return {
      figures: [
        { name: 'rounds with one writer', value: alone, target: `${rounds}`, pass: alone === rounds },
        { name: 'network folders refused', value: networks.refused, target: `${networks.tried}`, pass: networks.refused === networks.tried },
        {
          name: 'wrong',
          value: [...wrong, ...networks.wrong].slice(0, 5).join('; ') || 0,
          target: '0',
          pass: wrong.length + networks.wrong.length === 0,
        },
      ],
    };
  },
};

async function startTwice(data: string): Promise<string[]> {
  const wrong: string[] = [];
  const both = [beginApp({ data }), beginApp({ data })];
  const outcomes = await Promise.all(
    both.map((one) =>
      one.ready.then(
        (app) => ({ app }),
        (error: Error) => ({ refused: error.message }),
      ),
    ),
  );
  const running = outcomes.flatMap((outcome) => ('app' in outcome ? [outcome.app] : []));
  const refused = outcomes.flatMap((outcome) => ('refused' in outcome ? [outcome.refused] : []));
  if (running.length !== 1) wrong.push(`${running.length} run`);
  for (const words of refused)
    if (!words.includes(`(${COULD_NOT_START})`) || !words.includes('already running with this data folder'))
      wrong.push(`the other one says: ${words.slice(0, 200)}`);
  for (const app of running) {
    const status = await app.ask('app.status');
    if (!status.ok) wrong.push('the one that runs does not answer');
    if ((await app.kill('SIGTERM')) !== 0) wrong.push('it did not stop cleanly');
  }
  await Promise.all(both.map(endOf));
  const db = openDatabase(join(data, DATABASE_FILE), { readonly: true });
  if (db.pragma('integrity_check', { simple: true }) !== 'ok') wrong.push('the database is not in order');
  db.close();
  if (existsSync(join(data, 'set-aside'))) wrong.push('something was set aside');
  return wrong;
}

async function endOf({ child }: Starting): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

/** The folder itself is local; what the system says of it is not. */
function refusedNetworks() {
  const linux = (number: number, kind = ''): FolderSystem => ({
    platform: 'linux',
    realPath: (folder) => folder,
    typeNumber: () => number,
    mounts: () => [{ at: '/', kind }],
  });
  const windows = (realPath: string): FolderSystem => ({
    platform: 'win32',
    realPath: () => realPath,
    typeNumber: () => undefined,
    mounts: () => [],
  });
  const mac = (kind: string): FolderSystem => ({
    platform: 'darwin',
    realPath: (folder) => folder,
    typeNumber: () => undefined,
    mounts: () => [{ at: '/', kind }],
  });
  const systems = [
    ...[0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x00c36400, 0x0bd00bd0].map((number) => linux(number)),
    ...['fuse.sshfs', 'fuse.rclone', 'fuse.s3fs'].map((kind) => linux(0x65735546, kind)),
    windows('\\\\server\\share\\Tickline'),
    mac('smbfs'),
    mac('nfs'),
  ];
  const wrong: string[] = [];
  let refused = 0;
  for (const system of systems) {
    const data = mkdtempSync(join(tmpdir(), 'tickline-far-'));
    try {
      prepareDataFolder(data, system);
      wrong.push('a network folder was taken');
    } catch (error) {
      if (error instanceof FailureError && error.failure.code === 'storage_unavailable' && error.message.includes('network drive')) refused++;
      else wrong.push(String(error));
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }
  return { refused, tried: systems.length, wrong };
}
