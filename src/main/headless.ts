/** The browser way: the engine under plain Node, its page served to a browser, one ready line on standard output. */
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createSystemClock } from './adapters/clock/system.ts';
import { createServe, type Serving } from './adapters/http/serve.ts';
import { createLineLog, writeToStderr } from './adapters/log/lines.ts';
import { createPassphraseVault } from './adapters/vault/passphrase.ts';
import { rememberingVault } from './adapters/vault/remembering.ts';
import { decideIfDamaged } from './compose/started.ts';
import type { ComposeOptions } from './compose.ts';
import { FailureError, raise } from './core/domain/failure.ts';
import type { Log } from './core/ports/log.ts';
import { defaultDataFolder, prepareDataFolder } from './dataFolder.ts';
import { type Flags, HELP, parseFlags } from './flags.ts';
import { readPage } from './page.ts';
import { explainPort } from './portFailure.ts';
import { type Restartable, startRestartable } from './restartable.ts';
import { onStopSignal, within } from './stopping.ts';
import { checkExport } from './verify.ts';
import { version } from './version.ts';

const BAD_FLAGS = 2;
const COULD_NOT_START = 70;
/** It ended, but not in order; the log says why. */
const COULD_NOT_STOP = 71;
/** How long a clean stop may take, in ms: the provider's webhook address is put back within it. */
const STOP_TIME = 5_000;

async function main(): Promise<void> {
  // whatever is written is for its owner alone, the database and exports included
  process.umask(0o077);
  const parsed = parseFlags(process.argv.slice(2), 'refused');
  if (!parsed.ok) return leave(BAD_FLAGS, `${parsed.words}\n\n${HELP}`);
  if (parsed.flags.help) {
    process.stdout.write(HELP);
    return;
  }
  if (parsed.flags.verify !== undefined) {
    const { good, words } = await checkExport(parsed.flags.verify, parsed.flags);
    process.stdout.write(`${words}\n`);
    process.exitCode = good ? 0 : 1;
    return;
  }
  try {
    await start(parsed.flags);
  } catch (cause) {
    if (cause instanceof FailureError) return leave(COULD_NOT_START, withDetail(cause));
    leave(COULD_NOT_START, `Tickline could not start. ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
  }
}

async function start(flags: Flags): Promise<void> {
  const clock = createSystemClock();
  let seen: () => readonly string[] = () => [];
  const log = createLineLog({ now: clock.now, write: writeToStderr, knownSecrets: () => [token, ...seen()] });
  const token = randomBytes(32).toString('base64url');
  const dataFolder = prepareDataFolder(flags.data ?? defaultDataFolder());
  const passphrase = flags.passphraseFile === undefined ? undefined : await readPassphrase(flags.passphraseFile);
  const remembering = rememberingVault(await createPassphraseVault({ folder: dataFolder, passphrase, now: clock.now }));
  seen = () => [...remembering.seen(), ...(passphrase === undefined ? [] : [passphrase])];
  const page = await readPage(join(import.meta.dirname, '../renderer'));

  const program = (name: string) => join(import.meta.dirname, 'threads', `${name}${extname(import.meta.filename)}`);
  let engine: Restartable | undefined;
  let serving: Serving | undefined;
  onStopSignal({
    first: () => void stopAll(serving, engine, log).then((clean) => process.exit(clean ? 0 : COULD_NOT_STOP)),
    second: () => leave(130, 'Stopped at once.'),
  });
  const composing: Omit<ComposeOptions, 'restart'> = {
    dataFolder,
    vault: remembering.vault,
    mode: 'browser',
    webhookPort: flags.webhookPort,
    demo: flags.demo,
    version,
    exportLink: (id) => `/exports/${encodeURIComponent(id)}`,
    listenerThread: program('listener'),
    copyThread: program('copy'),
  };
  try {
    engine = await startRestartable(composing, log).catch((cause: unknown) => {
      throw explainPort(cause, 'webhooks', flags.webhookPort, '--webhook-port');
    });
    const { dispatch, changes, exportFile } = engine;
    serving = await createServe({ dispatch, changes, token, page, exportFile, port: flags.port, log }).catch((cause: unknown) => {
      throw explainPort(cause, 'the page', flags.port, '--port');
    });
    if (flags.tokenFile !== undefined) await writeToken(flags.tokenFile, token);
  } catch (cause) {
    await stopAll(serving, engine, log);
    throw cause;
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (cause: unknown) => {
      decideIfDamaged(dataFolder, cause);
      log.error('process.broke', { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
      void stopAll(serving, engine, log).then(() =>
        leave(
          COULD_NOT_START,
          'Tickline stopped because of a mistake of its own; the line above tells which. Nothing that was acknowledged is lost.',
        ),
      );
    });
  }
  const ready = { ready: true, url: `${serving.url}/#token=${token}`, api: serving.url, token, webhooks: engine.webhooksUrl };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  // without the token: this stream may end up in a log file
  writeToStderr(`Tickline is ready on ${serving.url}. Open the "url" of the line on standard output in a browser.`);
}

/** Whether all of it ended well. Never rejects: a stop that fails must still end the process, and not be taken for another mistake to stop for. */
async function stopAll(serving: Serving | undefined, engine: Restartable | undefined, log: Log): Promise<boolean> {
  try {
    await serving?.close();
    if (await within(STOP_TIME, engine?.stop() ?? Promise.resolve())) return true;
    writeToStderr('Tickline did not stop in time and ends anyway. Nothing that was acknowledged is lost.');
  } catch (cause) {
    log.error('process.stop-failed', { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
    writeToStderr('Tickline could not stop in order and ends anyway. Nothing that was acknowledged is lost.');
  }
  return false;
}

/** The first line of the file. Rejects with plain words; the passphrase itself is never repeated. */
async function readPassphrase(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const line = text?.split(/\r?\n/, 1)[0] ?? '';
  if (text === undefined) raise('vault_unavailable', `The passphrase file ${path} cannot be read.`);
  if (line === '') raise('vault_unavailable', `The passphrase file ${path} is empty.`);
  return line;
}

async function writeToken(path: string, token: string): Promise<void> {
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  // the mode above counts only for a new file
  if (process.platform !== 'win32') await chmod(path, 0o600);
}

function withDetail({ failure }: FailureError): string {
  return failure.detail === undefined ? failure.message : `${failure.message} (${failure.detail})`;
}

function leave(code: number, words: string): void {
  writeToStderr(words);
  process.exit(code);
}

void main();
