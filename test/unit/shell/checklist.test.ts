/**
 * Electron's security checklist (electronjs.org/docs/latest/tutorial/security), item by item, with the test that shows each.
 * Whoever removes or renames one of those is told here.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readPage } from '../../../src/main/page.ts';
import { answerPage, registerScheme } from '../../../src/main/shell/pageProtocol.ts';
import { SECURITY_RELEASES, tooOld } from '../../support/electronReleases.ts';

// the window's options are plain values, but their module names Electron
vi.mock('electron', () => ({ BrowserWindow: class {}, nativeTheme: {}, screen: {} }));
const { pagePreferences } = await import('../../../src/main/shell/window.ts');

const HERE = 'test/unit/shell/checklist.test.ts';
const DESKTOP = 'test/e2e/checklist.spec.ts';
const ITEMS: readonly (readonly [item: number, what: string, file: string, test: string])[] = [
  [1, 'only secure content', DESKTOP, 'the page asks the network for nothing'],
  [2, 'no Node integration', HERE, 'shuts the page in'],
  [3, 'context isolation', HERE, 'shuts the page in'],
  [4, 'sandbox', HERE, 'shuts the page in'],
  [5, 'permission handler', DESKTOP, 'twelve permissions and more are denied'],
  [6, 'web security on', HERE, 'shuts the page in'],
  [7, 'content security policy', HERE, 'is the policy, word for word'],
  [7, 'content security policy', 'test/e2e/policy.spec.ts', 'the page runs no script but its own, and reaches nobody'],
  [8, 'no insecure content', HERE, 'shuts the page in'],
  [9, 'no experimental features', HERE, 'shuts the page in'],
  [10, 'no Blink features', HERE, 'shuts the page in'],
  [11, 'no webview tag', HERE, 'shuts the page in'],
  [12, 'no webview attaches', DESKTOP, 'a webview is an element like any unknown one'],
  [13, 'navigation', DESKTOP, 'the page stays where it is, whatever of ten addresses it is sent to'],
  [14, 'new windows', DESKTOP, 'opens no window'],
  [15, 'links that leave the app', DESKTOP, 'of a thousand links only https to known hosts leaves the app'],
  [15, 'links that leave the app', 'test/unit/shell/links.test.ts', 'whatever else it is, unless it is plain https to a known host'],
  [16, 'a current Electron', HERE, 'is not older than the newest security release by thirty days'],
  [17, 'sender of every message', DESKTOP, 'every request is refused to a foreign frame'],
  [17, 'every payload validated', 'test/integration/trials/r20.test.ts', 'r20-ipc-fuzz'],
  [17, 'every payload validated', DESKTOP, 'a hostile page breaks nothing'],
  [18, 'a protocol of our own', DESKTOP, 'two hundred dressed-up paths lead nowhere'],
  [18, 'a protocol of our own', 'test/unit/shell/pageProtocol.test.ts', 'gives nothing else, however the path is dressed up'],
  [19, 'fuses', 'test/unit/shell/fuses.test.ts', 'are set and read back in the real Electron that is here'],
  [20, 'no Electron for the page', DESKTOP, 'the bridge has two names, and nothing else of Electron is there'],
];

const root = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(resolve(root, path), 'utf8');

describe('the checklist', () => {
  it('has a test for each of its twenty items', () => {
    expect([...new Set(ITEMS.map(([item]) => item))]).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(ITEMS.filter(([, , file, test]) => !read(file).includes(test)).map(([item, what]) => `${item} ${what}`)).toEqual([]);
  });
});

describe('the window', () => {
  it('shuts the page in', () => {
    expect(pagePreferences('/preload.cjs')).toEqual({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      // and no enableBlinkFeatures
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    });
    const entry = read('src/main/index.ts');
    expect(entry).toContain('app.enableSandbox()');
    expect(entry).toContain("app.on('web-contents-created', (_event, contents) => shutIn(contents))");
  });
});

describe('what the page is served under', () => {
  it('is the policy, word for word', async () => {
    const page = await readPage(resolve(root, 'src/renderer'));
    expect(answerPage({ method: 'GET', url: 'app://tickline/' }, page).headers.get('content-security-policy')).toBe(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    );
  });

  it('is a scheme that is standard and secure, and has no other privilege', () => {
    const given: unknown[] = [];
    registerScheme({ registerSchemesAsPrivileged: (schemes) => void given.push(...schemes) });
    // with supportFetchAPI but not corsEnabled, another origin could read it (CVE-2026-70604)
    expect(given).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
  });
});

describe('Electron', () => {
  it('is not older than the newest security release by thirty days', () => {
    const pinned =
      /\d+\.\d+\.\d+/.exec((JSON.parse(read('package.json')) as { devDependencies: { electron: string } }).devDependencies.electron)?.[0] ?? '';
    expect(tooOld(pinned, new Date())).toBeUndefined();
  });

  it('would be found to be, thirty-one days after', () => {
    const [newest] = SECURITY_RELEASES;
    const dayOn = (days: number) => new Date(Date.parse(newest?.date ?? '') + days * 86_400_000);
    expect(tooOld('45.4.0', dayOn(30))).toBeUndefined();
    expect(tooOld('45.4.0', dayOn(31))).toMatch(/lacks the security fixes/);
    expect(tooOld('44.9.9', dayOn(31))).toMatch(/lacks the security fixes/);
    expect(tooOld(newest?.version ?? '', dayOn(300))).toBeUndefined();
  });
});
