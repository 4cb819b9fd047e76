import { BrowserWindow, type BrowserWindowConstructorOptions, nativeTheme, type Session, screen, type WebContents } from 'electron';
import { isAllowedPermission, isOurPage, PAGE_URL } from './sender.ts';
import { placeWindow, readWindowState, SMALLEST, writeWindowState } from './windowState.ts';

/** Everything that shuts the page in; a test reads it. */
export function pagePreferences(preload: string) {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  } satisfies BrowserWindowConstructorOptions['webPreferences'];
}

export type WindowOptions = { readonly preload: string; readonly statePath: string };

/** The one window, as it was left; shown once there is something to see. */
export function openWindow({ preload, statePath }: WindowOptions): BrowserWindow {
  const state = readWindowState(statePath);
  const window = new BrowserWindow({
    ...placeWindow(
      state.box,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: 'Tickline',
    show: false,
    // what is seen before the page has painted
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181a' : '#ffffff',
    webPreferences: pagePreferences(preload),
  });
  if (state.maximised) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => writeWindowState(statePath, { box: window.getNormalBounds(), maximised: window.isMaximized() }));
  // an empty page is the one address that comes up without asking
  window.webContents.on('did-navigate', (_event, address) => {
    if (!isOurPage(address)) void window.loadURL(PAGE_URL);
  });
  void window.loadURL(PAGE_URL);
  return window;
}

/** No page leaves ours, opens another window or embeds a foreign one. */
export function shutIn(contents: WebContents): void {
  contents.on('will-navigate', (event, address) => {
    if (!isOurPage(address)) event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isOurPage(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** The page may use nothing of the computer but write what its owner copies, and ask nothing of the network. */
export function denyAll(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, decide) => decide(isAllowedPermission(permission, contents.getURL())));
  session.setPermissionCheckHandler((contents, permission) => isAllowedPermission(permission, contents?.getURL() ?? ''));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((request, decide) => decide({ cancel: !isLocal(request.url) }));
  session.on('will-download', (event) => event.preventDefault());
}

function isLocal(address: string): boolean {
  return isOurPage(address) || address.startsWith('data:image/') || address.startsWith('devtools:');
}
