import { onTestFinished } from 'vitest';
import { type App, type AppOptions, startApp } from './app.ts';

/** The app, ready, for one test: it is stopped, and its own folder removed, when the test has finished. */
export async function openApp(options: AppOptions = {}): Promise<App> {
  const app = await startApp(options);
  onTestFinished(async () => void (await app.stop()));
  return app;
}

export { addAccount, KEY, SECRET } from './anAccount.ts';
