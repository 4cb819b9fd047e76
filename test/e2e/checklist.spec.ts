/**
 * Electron's security checklist in the real app, where only that can show an item; test/unit/shell/checklist.test.ts lists
 * all twenty with the test for each.
 */
import { join, resolve } from 'node:path';
import { createRandom } from '../../src/main/demo/random.ts';
import { requestNames } from '../../src/shared/contract/names.ts';
import { createInputs } from '../support/hostileInput.ts';
import { openOnDesktop } from './support/desktopWay.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

const PRELOAD = resolve(import.meta.dirname, '../../out/preload/index.cjs');

type Bridge = { request(name: string, input?: unknown): Promise<unknown> };
type Page = Window & { app: Bridge };

async function open(folder: string, demo = false) {
  return openOnDesktop({ dataFolder: join(folder, 'data'), downloads: folder, demo });
}

test('the page asks the network for nothing', async ({ folder }) => {
  const { app, page, close } = await open(folder, true);
  await app.evaluate(({ session }) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    session.defaultSession.webRequest.onCompleted((details) => void asked.push(details.url));
    session.defaultSession.webRequest.onErrorOccurred((details) => void asked.push(details.url));
  });
  await page.reload();
  const { rows, goTo } = screens(page);
  await expect(rows.first()).toBeVisible();
  for (const screen of ['Messages', 'Events', 'Settings', 'Live'] as const) await goTo(screen);
  await rows.first().click();
  const asked = await app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((url) => !url.startsWith('app://tickline/'))).toEqual([]);
  await close();
});

test('twelve permissions and more are denied', async ({ folder }) => {
  const { app, page, close } = await open(folder);
  const asked = await page.evaluate(async () => {
    const names = [
      'accelerometer',
      'ambient-light-sensor',
      'background-sync',
      'camera',
      'clipboard-read',
      'display-capture',
      'geolocation',
      'gyroscope',
      'idle-detection',
      'local-fonts',
      'magnetometer',
      'microphone',
      'midi',
      'notifications',
      'payment-handler',
      'persistent-storage',
      'screen-wake-lock',
      'storage-access',
      'window-management',
    ];
    const states: Record<string, string> = {};
    for (const name of names) {
      states[name] = await navigator.permissions.query({ name: name as PermissionName }).then(
        (status) => status.state,
        () => 'unknown here',
      );
    }
    const outcome = (work: Promise<unknown>) =>
      work.then(
        () => 'granted',
        () => 'denied',
      );
    return {
      states,
      camera: await outcome(navigator.mediaDevices.getUserMedia({ video: true })),
      microphone: await outcome(navigator.mediaDevices.getUserMedia({ audio: true })),
      screen: await outcome(navigator.mediaDevices.getDisplayMedia()),
      place: await outcome(new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject))),
      clipboard: await outcome(navigator.clipboard.readText()),
      notification: await Notification.requestPermission(),
      midi: await outcome((navigator as unknown as { requestMIDIAccess(o: object): Promise<unknown> }).requestMIDIAccess({ sysex: true })),
    };
  });
  const { states, ...tried } = asked;
  expect(Object.values(states).filter((state) => state === 'denied').length).toBeGreaterThanOrEqual(12);
  expect(Object.entries(states).filter(([, state]) => state === 'granted')).toEqual([]);
  expect(Object.values(tried).filter((state) => state !== 'denied')).toEqual([]);
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
  await close();
});

test('a webview is an element like any unknown one', async ({ folder }) => {
  const { app, page, close } = await open(folder);
  await page.evaluate(() => {
    const view = document.createElement('webview');
    view.setAttribute('src', 'app://tickline/');
    view.setAttribute('nodeintegration', '');
    document.body.append(view);
  });
  expect(await page.evaluate(() => 'getWebContentsId' in (document.querySelector('webview') ?? {}))).toBe(false);
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
  await close();
});

test('the page stays where it is, whatever of ten addresses it is sent to, and opens no window', async ({ folder }) => {
  const { app, page, close } = await open(folder);
  const elsewhere = [
    'https://example.com/',
    'http://127.0.0.1/',
    'http://localhost:9229/json',
    'file:///etc/passwd',
    'app://evil/',
    'app://tickline@evil/',
    'data:text/html,<h1>x</h1>',
    'blob:null/1',
    'javascript:void(location="https://example.com")',
    'chrome://gpu/',
    'view-source:app://tickline/',
    'smb://server/share',
  ];
  for (const address of elsewhere) {
    expect(await page.evaluate((to) => window.open(to), address)).toBeNull();
    await page.evaluate((to) => {
      location.href = to;
    }, address);
    await page.evaluate((to) => {
      const link = document.createElement('a');
      link.href = to;
      link.target = '_blank';
      document.body.append(link);
      link.click();
      link.remove();
    }, address);
  }
  // asked of the app itself: the driver of the test still waits for what was never begun
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().map((one) => one.getURL()))).toEqual(['app://tickline/']);
  expect(await page.evaluate(() => document.body.innerText)).toContain('Connect WASenderApi');
  await close();
});

test('of a thousand links only https to known hosts leaves the app', async ({ folder }) => {
  const { app, page, close } = await open(folder);
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openExternal = async (url) => void opened.push(url);
  });
  const random = createRandom(15);
  const schemes = [
    'https://',
    'http://',
    'file://',
    'smb://',
    'javascript:',
    'data:text/html,',
    'ms-msdt:',
    'https:\\\\',
    'https:\t//',
    'HTTPS://',
    'ftp://',
    'app://',
    '\0https://',
  ];
  const users = ['', '', '', 'a@', 'a:b@', 'wasenderapi.com@'];
  const hosts = [
    'wasenderapi.com',
    'www.wasenderapi.com',
    'github.com',
    'evil.example',
    'wasenderapi.com.evil.example',
    'wasenderapi.com\0.evil.example',
    'evilwasenderapi.com',
    '127.0.0.1',
    'server/share',
    '',
  ];
  const ports = ['', '', '', ':443', ':8443'];
  const rests = ['', '/', '/a?b=c#d', '/\0.exe', '/a\nb', '/..%2f..', '\\..\\x', '/ü', '?https://github.com'];
  const links = Array.from({ length: 1_000 }, () => [schemes, users, hosts, ports, rests].map((parts) => random.pick(parts)).join(''));
  const answers = await page.evaluate(
    (all) => Promise.all(all.map((url) => (window as unknown as Page).app.request('shell.openLink', { url }))),
    links,
  );
  expect(answers).toHaveLength(1_000);
  const opened = await app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  expect(opened.length).toBeGreaterThan(3);
  expect(opened.filter((url) => !/^https:\/\/((www\.)?wasenderapi\.com|github\.com)(:443)?([/?#][!-~]*)?$/i.test(url))).toEqual([]);
  await close();
});

test('every request is refused to a foreign frame', async ({ folder }) => {
  const { app, close } = await open(folder);
  const answers = await app.evaluate(
    async ({ BrowserWindow }, [preload, names]) => {
      const foreign = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
      await foreign.loadURL('about:blank');
      const asked = `Promise.all(${JSON.stringify(names)}.map((name) => window.app.request(name, {}).then((answer) => answer.ok ? 'answered' : answer.error.code))).catch(String)`;
      const codes: string[] = await foreign.webContents.executeJavaScript(asked);
      foreign.destroy();
      return codes;
    },
    [PRELOAD, [...requestNames]] as const,
  );
  expect(answers).toEqual(requestNames.map(() => 'unauthorized'));
  await close();
});

test('two hundred dressed-up paths lead nowhere', async ({ folder }) => {
  const { app, close } = await open(folder);
  const random = createRandom(18);
  const pieces = [
    '..',
    '%2e%2e',
    '..%2f',
    '..%5c',
    '..\\',
    '%00',
    '\0',
    'etc',
    'passwd',
    'package.json',
    'main',
    'index.js',
    'C:',
    '~',
    '%252e%252e%252f',
    '//',
    'assets',
  ];
  const paths = Array.from({ length: 200 }, () => Array.from({ length: random.int(1, 7) }, () => random.pick(pieces)).join('/'));
  const found = await app.evaluate(async ({ net }, all) => {
    const told: string[] = [];
    for (const path of all) {
      const answer = await net.fetch(`app://tickline/${path}`).catch(() => undefined);
      if (answer?.status === 200) told.push(`${path}: ${(await answer.text()).slice(0, 15)}`);
    }
    return told;
  }, paths);
  // a path that leads back to the beginning is the page itself
  expect(found.filter((line) => !/: <!doctype html/i.test(line))).toEqual([]);
  await close();
});

test('the bridge has two names, and nothing else of Electron is there', async ({ folder }) => {
  const { page, close } = await open(folder);
  const seen = await page.evaluate(() => {
    const { app } = window as unknown as { app: Record<string, unknown> };
    return {
      names: Object.getOwnPropertyNames(app).toSorted(),
      kinds: Object.values(app).map((value) => typeof value),
      frozen: Object.isFrozen(app),
      node: ['require', 'process', 'module', 'exports', 'Buffer', 'global', 'ipcRenderer', 'electron', '__dirname'].filter((name) => name in window),
    };
  });
  expect(seen).toEqual({ names: ['on', 'request'], kinds: ['function', 'function'], frozen: true, node: [] });
  await close();
});

test('a hostile page breaks nothing and is told no secret', async ({ folder }) => {
  const { app, page, request, log, close } = await open(folder);
  const key = 'ca4a21e5'.repeat(8);
  const account = {
    provider: 'wasenderapi',
    name: 'The shop',
    settings: { baseUrl: 'http://127.0.0.1:2/api', sessionId: '7' },
    secrets: { apiKey: key },
  };
  const created = (await request('accounts.create', account)) as { value: { accountId: string } };
  await app.evaluate(({ dialog, shell }) => {
    dialog.showSaveDialog = async () => ({ canceled: true, filePath: '' });
    shell.openExternal = async () => undefined;
  });
  const inputs = createInputs(createRandom(20), () => ({
    account: [created.value.accountId],
    id: [1, 2],
    baseUrl: ['http://127.0.0.1:2/api'],
    slot: ['webhookSecret'],
  }));
  // nothing here keeps the app from a network: what would lead it there by default is left to R20, which has a cage
  const quiet = requestNames.filter((name) => name !== 'accounts.create' && name !== 'accounts.remove' && name !== 'demo.start');
  const calls = Array.from({ length: 2_000 }, (_, at) => {
    const name = quiet[at % quiet.length] ?? 'app.status';
    return [name, JSON.stringify(inputs.draw(name) ?? null)] as const;
  }).filter(([, input]) => !input.includes('localtunnel'));
  for (let at = 0; at < calls.length; at += 100) {
    const answers = await page.evaluate(
      (some) =>
        Promise.all(
          some.map(async ([name, input]) => {
            try {
              return JSON.stringify(await (window as unknown as Page).app.request(name, JSON.parse(input)));
            } catch (error) {
              // Electron's own bridge takes nothing that is nested deeper
              return String(error).includes('recursion depth') ? 'too deep' : `rejected ${String(error)}`;
            }
          }),
        ),
      calls.slice(at, at + 100),
    );
    expect(answers.filter((answer) => answer.includes(key.slice(0, 24)) || answer.startsWith('rejected') || answer.includes('our_fault'))).toEqual(
      [],
    );
  }
  // what JSON cannot say
  const odd = await page.evaluate(async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const values = [
      cycle,
      [cycle],
      Number.NaN,
      10n ** 30n,
      new Map([[cycle, cycle]]),
      new Date(Number.NaN),
      new Uint8Array(1_000_000),
      /x/,
      undefined,
      new Array(100_000),
    ];
    const told = [];
    for (const value of values) {
      for (const name of ['messages.page', 'accounts.create', 'inbox.replay', 'app.status']) {
        try {
          told.push(JSON.stringify(await (window as unknown as Page).app.request(name, value)));
        } catch (error) {
          told.push(String(error));
        }
      }
    }
    return told;
  });
  expect(odd.filter((answer) => answer.includes('our_fault'))).toEqual([]);
  expect(await request('app.status')).toMatchObject({ ok: true });
  expect(log()).not.toContain(key.slice(0, 24));
  expect(log()).not.toContain('engine.died');
  await close();
});
