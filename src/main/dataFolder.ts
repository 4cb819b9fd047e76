import { chmodSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { raise } from './core/domain/failure.ts';
import { assertLocalFolder, type FolderSystem } from './networkFolder.ts';

/** Where the platform wants an app's data: XDG on Linux, Application Support on macOS, %APPDATA% on Windows. */
export function defaultDataFolder(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  switch (platform) {
    case 'win32':
      return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'Tickline');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Tickline');
    default:
      return join(env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(home, '.local', 'share'), 'tickline');
  }
}

/**
 * Creates the folder, for its owner alone, and gives its full path. Synchronous, because the desktop app
 * has to name its folder before anything else happens. Throws a FailureError in plain words, also for a folder on
 * a network drive: before anything is written to it.
 */
export function prepareDataFolder(folder: string, system?: FolderSystem): string {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32') chmodSync(path, 0o700);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    raise('storage_unavailable', `The data folder ${path} cannot be used. Choose another one with --data DIR.`, { detail });
  }
  assertLocalFolder(path, system);
  return path;
}
