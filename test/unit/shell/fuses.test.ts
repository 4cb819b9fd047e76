import { spawnSync } from 'node:child_process';
import { constants, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presentElectron } from '../../../scripts/runtime.mjs';
import { tempDir } from '../../support/tempDir.ts';

const SCRIPT = resolve(import.meta.dirname, '../../../scripts/fuse.mjs');
const WANTED = {
  RunAsNode: false,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableCookieEncryption: true,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
};
/** Electron's own mark before its fuses. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

function fuse(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
  return { status, found: stdout === '' ? stderr : (JSON.parse(stdout) as Record<string, boolean>) };
}

/** Eight fuses as Electron ships them, between other bytes. */
async function aBinary(wire = '10110001'): Promise<string> {
  const path = join(await tempDir(), 'electron');
  writeFileSync(
    path,
    Buffer.concat([Buffer.alloc(4_000, 7), Buffer.from(SENTINEL), Buffer.of(1, wire.length), Buffer.from(wire), Buffer.alloc(4_000, 9)]),
  );
  return path;
}

describe('the fuses of a packaged app', () => {
  it('are set in the binary, and read back from it', async () => {
    const path = await aBinary();
    expect(fuse('--read', path).status).toBe(1);
    expect(fuse(path)).toEqual({ status: 0, found: WANTED });
    expect(fuse('--read', path)).toEqual({ status: 0, found: WANTED });
    const bytes = readFileSync(path);
    expect(bytes.subarray(4_000 + SENTINEL.length + 2, 4_000 + SENTINEL.length + 10).toString()).toBe('01001100');
    expect(bytes).toHaveLength(8_000 + SENTINEL.length + 10);
  });

  it('that one attacker turned back are noticed', async () => {
    const path = await aBinary('11001100');
    expect(fuse('--read', path)).toMatchObject({ status: 1, found: { RunAsNode: true } });
  });

  it('are set and read back in the real Electron that is here', { timeout: 60_000 }, async () => {
    const runtime = presentElectron();
    if (runtime === undefined || process.platform === 'darwin') {
      process.stdout.write('Not shown here: the fuses of a real binary (there is no Electron runtime, or it is a Mac’s bundle).\n');
      return;
    }
    // a copy: the one that is here must go on starting from a folder
    const path = join(await tempDir(), 'electron');
    copyFileSync(runtime, path, constants.COPYFILE_FICLONE);
    const before = fuse('--read', runtime);
    expect(before.status).toBe(1);
    expect(fuse(path)).toEqual({ status: 0, found: WANTED });
    expect(fuse('--read', path)).toEqual({ status: 0, found: WANTED });
    expect(fuse('--read', runtime)).toEqual(before);
  });
});
