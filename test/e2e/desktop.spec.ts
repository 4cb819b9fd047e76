import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { AppStatus } from '../../src/shared/contract/views.ts';
import { launchDesktop, openOnDesktop } from './support/desktopWay.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

test('the window is shut in: sandboxed, isolated, and going nowhere', async ({ folder }) => {
  const { app, page, close } = await openOnDesktop({ dataFolder: join(folder, 'data'), downloads: folder, demo: false });
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    return contents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false });
  expect(preferences).toMatchObject({ nodeIntegrationInSubFrames: false, allowRunningInsecureContent: false });
  expect(preferences.nodeIntegrationInWorker ?? false).toBe(false);
  expect(await page.evaluate(() => Object.keys((window as unknown as { app: object }).app).toSorted())).toEqual(['on', 'request']);
  expect(await page.evaluate(() => ['require', 'process', 'module', 'Buffer'].filter((name) => name in window))).toEqual([]);

  const elsewhere = [
    'https://example.com/',
    'http://127.0.0.1/',
    'file:///etc/passwd',
    'app://evil/',
    'data:text/html,x',
    'blob:null/1',
    'javascript:void(location="https://example.com")',
  ];
  for (const address of elsewhere) {
    expect(await page.evaluate((to) => window.open(to), address)).toBeNull();
    await page.evaluate((to) => {
      location.href = to;
    }, address);
  }
  expect(page.url()).toBe('app://tickline/');
  // the empty page comes up without asking, and is left at once
  await page.evaluate(() => location.assign('about:blank'));
  await page.waitForURL('app://tickline/');
  await expect(page.getByRole('button', { name: /Connect WASenderApi/ })).toBeVisible();
  expect(app.windows()).toHaveLength(1);
  expect(
    await page.evaluate(() =>
      (window as unknown as { app: { request(n: string, i: unknown): Promise<unknown> } }).app.request('shell.openLink', {
        url: 'file:///etc/passwd',
      }),
    ),
  ).toEqual({
    ok: true,
    value: { opened: false },
  });
  await close();
});

test('a second start brings the first window to the front and ends', async ({ folder }) => {
  const { app, close } = await openOnDesktop({ dataFolder: join(folder, 'data'), downloads: folder, demo: false });
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
  const told = app.evaluate(({ app: running }) => new Promise<boolean>((resolve) => running.once('second-instance', () => resolve(true))));
  const second = await launchDesktop(join(folder, 'data')).catch(() => undefined);
  if (second !== undefined && second.process().exitCode === null) await once(second.process(), 'exit');
  expect(await told).toBe(true);
  expect(second?.process().exitCode ?? 0).toBe(0);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  await close();
});

test('an engine that dies is started again, with a word about it, and nothing is lost', async ({ folder }) => {
  const { app, page, request, close } = await openOnDesktop({ dataFolder: join(folder, 'data'), downloads: folder, demo: true });
  const { rows } = screens(page);
  await expect(rows.first()).toBeVisible();
  const before = (await request('app.status')) as Answer<AppStatus>;
  await app.evaluate(() => {
    // the app itself offers no way to break it, which is as it should be: with the next message goes one that has no answer,
    // and the thread dies of it as of any mistake of ours
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (...args) {
      Worker.prototype.postMessage = postMessage;
      postMessage.apply(this, [{ kind: 'tell', name: 'a mistake of ours', args: [] }]);
      postMessage.apply(this, args);
    };
  });
  expect(await request('app.status')).toMatchObject({ ok: false, error: { code: 'busy', retry: true } });
  await expect(page.getByText('was started again')).toBeVisible({ timeout: 20_000 });
  await expect(rows.first()).toBeVisible();
  const after = (await request('app.status')) as Answer<AppStatus>;
  expect(before.ok && after.ok && after.value.startedAt > before.value.startedAt).toBe(true);
  expect(before.ok && after.ok && after.value.headline.total >= before.value.headline.total).toBe(true);
  await close();
});

test('what was kept is there after a restart, the window where it was left, and the end is clean', async ({ folder }) => {
  const dataFolder = join(folder, 'data');
  const first = await openOnDesktop({ dataFolder, downloads: folder, demo: true });
  await expect(screens(first.page).withStatus('delivered', 'read').first()).toBeVisible({ timeout: 30_000 });
  const status = (await first.request('app.status')) as Answer<AppStatus>;
  await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 30, width: 1100, height: 700 }));
  await first.close();
  expect(first.log()).not.toContain('engine.stop.late');

  const second = await openOnDesktop({ dataFolder, downloads: folder, demo: false });
  const again = (await second.request('app.status')) as Answer<AppStatus>;
  expect(status.ok && again.ok && again.value.headline.total >= status.value.headline.total).toBe(true);
  expect(await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())).toMatchObject({ width: 1100, height: 700 });
  const running = second.app.process();
  running.kill('SIGTERM');
  if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  expect(running.exitCode).toBe(0);
});
