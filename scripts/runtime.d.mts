/** A Chromium that Playwright can drive, or `undefined`. */
export function findChromium(env?: NodeJS.ProcessEnv): string | undefined;
