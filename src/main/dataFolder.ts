import { chmod, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

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

/** Creates the folder, for its owner alone, and gives its full path. Rejects when that cannot be done. */
export async function prepareDataFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') await chmod(path, 0o700);
  return path;
}
