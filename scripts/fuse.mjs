/**
 * Electron's fuses: switches in the binary itself that no flag, file or variable of an attacker turns back. Whoever packages
 * Tickline sets them from here, and from nowhere else:
 *
 *   node scripts/with-node.mjs scripts/fuse.mjs PATH            sets them and reads them back
 *   node scripts/with-node.mjs scripts/fuse.mjs --read PATH     only reads
 *
 * PATH is the built Electron binary (on macOS the .app). Prints one line of JSON, name to on or off; ends with 1 when one is
 * not as it should be. Never run it on the runtime that `npm start` uses: without an app.asar that one would not start any more.
 */
import { pathToFileURL } from 'node:url';

/** What each is set to, and why. */
export const FUSES = {
  /** ELECTRON_RUN_AS_NODE would make our signed binary run anybody's script. */
  RunAsNode: false,
  /** So would NODE_OPTIONS. */
  EnableNodeOptionsEnvironmentVariable: false,
  /** --inspect opens the engine to whoever is on this computer. */
  EnableNodeCliInspectArguments: false,
  /** We keep no cookies; should there ever be one, it is encrypted. */
  EnableCookieEncryption: true,
  /** Our code is the code that was packaged. */
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  /** We bring no snapshot of our own; one laid beside the binary (CVE-2025-55305's way in) is not loaded for the main process. */
  LoadBrowserProcessSpecificV8Snapshot: false,
  /** The page comes over app://, so file:// needs no privilege. */
  GrantFileProtocolExtraPrivileges: false,
};

/** The fuses of a built binary by name: `true`, `false`, or `undefined` for one that this Electron does not have. */
export async function readFuses(path) {
  const { FuseState, FuseV1Options, getCurrentFuseWire } = await import('@electron/fuses');
  const wire = await getCurrentFuseWire(path);
  const of = (state) => (state === FuseState.ENABLE ? true : state === FuseState.DISABLE ? false : undefined);
  return Object.fromEntries(Object.keys(FUSES).map((name) => [name, of(wire[FuseV1Options[name]])]));
}

/** Sets all of them in the file at `path`. On a Mac the signature that this breaks is made anew, ad hoc; real signing comes after. */
export async function setFuses(path) {
  const { FuseV1Options, FuseVersion, flipFuses } = await import('@electron/fuses');
  const wanted = Object.fromEntries(Object.entries(FUSES).map(([name, on]) => [FuseV1Options[name], on]));
  await flipFuses(path, { version: FuseVersion.V1, resetAdHocDarwinSignature: process.platform === 'darwin', ...wanted });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  const onlyRead = args[0] === '--read';
  const path = args[onlyRead ? 1 : 0];
  if (path === undefined) {
    process.stderr.write('Which binary? scripts/fuse.mjs [--read] PATH\n');
    process.exit(2);
  }
  if (!onlyRead) await setFuses(path);
  const found = await readFuses(path);
  process.stdout.write(`${JSON.stringify(found)}\n`);
  process.exitCode = Object.entries(FUSES).every(([name, on]) => found[name] === on) ? 0 : 1;
}
