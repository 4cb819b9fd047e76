/** The desktop app: one instance, the engine in its own thread, one sandboxed window. */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, powerMonitor, protocol, safeStorage, session, shell } from 'electron';
import type { Change } from '../shared/contract/changes.ts';
import { createSystemClock } from './adapters/clock/system.ts';
import { createLineLog, writeToStderr } from './adapters/log/lines.ts';
import { rememberingVault } from './adapters/vault/remembering.ts';
import { FailureError } from './core/domain/failure.ts';
import { defaultDataFolder, prepareDataFolder } from './dataFolder.ts';
import { createDispatch } from './dispatch.ts';
import { type Flags, HELP, parseFlags } from './flags.ts';
import { readPage } from './page.ts';
import { type EngineThread, type EngineThreadOptions, startEngineThread } from './shell/engineThread.ts';
import { frameFacts } from './shell/frame.ts';
import { answerRequests } from './shell/ipc.ts';
import { menuFor } from './shell/menu.ts';
import { registerScheme, servePage } from './shell/pageProtocol.ts';
import { createShellHandlers } from './shell/shellHandlers.ts';
import { createSafeStorageVault } from './shell/vault.ts';
import { denyAll, openWindow, shutIn } from './shell/window.ts';
import { onStopSignal } from './stopping.ts';
import { checkExport } from './verify.ts';
import { version } from './version.ts';

const BAD_FLAGS = 2;
const COULD_NOT_START = 70;
/** How long a clean stop may take, in ms: the provider's webhook address is put back within it. */
const STOP_TIME = 5_000;

const clock = createSystemClock();
let secretsSeen: () => readonly string[] = () => [];
const log = createLineLog({ now: clock.now, write: writeToStderr, knownSecrets: () => secretsSeen() });

// whatever is written is for its owner alone, the database and exports included
process.umask(0o077);
// it would take back --no-sandbox, without which Chromium does not start for root
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
registerScheme(protocol);
app.on('web-contents-created', (_event, contents) => shutIn(contents));

const parsed = parseFlags(process.argv.slice(process.defaultApp ? 2 : 1), 'ignored');
if (!parsed.ok || parsed.flags.help) {
  writeToStderr(parsed.ok ? HELP : `${parsed.words}\n\n${HELP}`);
  app.exit(parsed.ok ? 0 : BAD_FLAGS);
} else if (parsed.flags.verify !== undefined) {
  checkExport(parsed.flags.verify, parsed.flags).then(({ good, words }) => {
    writeToStderr(words);
    app.exit(good ? 0 : 1);
  }, giveUp);
} else {
  run(parsed.flags).catch(giveUp);
}

async function run(flags: Flags): Promise<void> {
  const dataFolder = prepareDataFolder(flags.data ?? defaultDataFolder());
  // Chromium's own files beside ours; also makes "one instance" mean one for each data folder
  app.setPath('userData', join(dataFolder, 'window'));
  app.setPath('crashDumps', join(dataFolder, 'window', 'crashes'));
  if (!app.requestSingleInstanceLock()) {
    writeToStderr('Tickline is already running with this data folder; its window comes to the front.');
    app.exit(0);
    return;
  }
  await app.whenReady();
  await openApp(flags, dataFolder);
}

function giveUp(cause: unknown): void {
  log.error('app.start.failed', { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
  const words = cause instanceof FailureError ? cause.message : 'Something went wrong inside Tickline while it started. The log says what.';
  dialog.showErrorBox('Tickline could not start', words);
  app.exit(COULD_NOT_START);
}

async function openApp(flags: Flags, dataFolder: string): Promise<void> {
  denyAll(session.defaultSession);
  servePage(protocol, await readPage(join(import.meta.dirname, '../renderer')));
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuFor(process.platform, app.isPackaged)));
  const { vault, seen } = rememberingVault(
    await createSafeStorageVault({ safeStorage, platform: process.platform, path: join(dataFolder, 'secrets.json'), now: clock.now }),
  );
  secretsSeen = seen;

  const toWindows = (change: Change) => {
    for (const window of BrowserWindow.getAllWindows()) window.webContents.send('app:change', change.name, change.value);
  };
  const engine = await startEngineThread({
    file: join(import.meta.dirname, 'threads/engine.js'),
    start: { dataFolder, webhookPort: flags.webhookPort, demo: flags.demo, version, frame: frameFacts(process.versions.electron) },
    vault,
    onChange: toWindows,
    onRestarted: (why) => sayRestarted(toWindows, why),
    log,
  });
  answerRequests(ipcMain, { engine: engine.dispatch, shell: createDispatch({ handlers: shellHandlers(engine), log }) });
  powerMonitor.on('suspend', () => engine.suspend());
  powerMonitor.on('resume', () => engine.wake());

  const open = () => openWindow({ preload: join(import.meta.dirname, '../preload/index.cjs'), statePath: join(dataFolder, 'window.json') });
  app.on('second-instance', () => focus(BrowserWindow.getAllWindows()[0] ?? open()));
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open();
  });
  app.on('window-all-closed', () => {
    // on macOS an app lives on without a window; receipts keep coming in
    if (process.platform !== 'darwin') app.quit();
  });
  stopCleanly(engine);
  open();
}

/** Everything a window shows may be stale now: it starts afresh, and then says why. */
function sayRestarted(toWindows: (change: Change) => void, why: Parameters<EngineThreadOptions['onRestarted']>[0]): void {
  for (const { webContents } of BrowserWindow.getAllWindows()) {
    // after a restore or a recovery the window finds the report by itself
    if (why !== undefined) {
      webContents.reload();
      continue;
    }
    webContents.once('did-finish-load', () => {
      const message = 'The engine of Tickline stopped unexpectedly and was started again. Nothing that had arrived is lost.';
      const notice = { id: `engine-${clock.now()}`, level: 'warning', message, detail: 'The log says why.', at: clock.now(), account: null } as const;
      // no number of the engine's: a window that meets it asks everything afresh, as it should
      toWindows({ name: 'notice.raised', value: { seq: 0, notice } });
    });
    webContents.reload();
  }
}

function shellHandlers(engine: EngineThread) {
  return createShellHandlers({
    exportFile: engine.exportFile,
    downloads: () => app.getPath('downloads'),
    openInBrowser: (link) => shell.openExternal(link),
    async askWhereToSave(suggestion) {
      const answer = await dialog.showSaveDialog({ title: 'Save the export', defaultPath: suggestion });
      return answer.canceled || answer.filePath === '' ? undefined : answer.filePath;
    },
  });
}

function focus(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function stopCleanly(engine: EngineThread): void {
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    engine.stop(STOP_TIME).finally(() => {
      stopped = true;
      app.quit();
    });
  });
  onStopSignal({ first: () => app.quit(), second: () => app.exit(130) });
  process.on('uncaughtException', (cause) => {
    log.error('app.broke', { cause: cause.stack ?? cause.message });
    void engine.stop(STOP_TIME).finally(() => app.exit(COULD_NOT_START));
  });
}
