/** A Chromium that Playwright can drive, or `undefined`. */
export function findChromium(env?: NodeJS.ProcessEnv): string | undefined;
/** The path of an Electron binary that is already here, or `undefined`. Fetches nothing. */
export function presentElectron(env?: NodeJS.ProcessEnv): string | undefined;
