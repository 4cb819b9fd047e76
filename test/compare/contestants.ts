/** The contestants as processes, each on the fast clock; what each knew in the end, and what it took. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import type { Said } from '../../src/main/core/domain/status.ts';
import { EVENT_NAMES } from '../../src/main/demo/payloads.ts';
import { type App, startApp } from '../support/app.ts';
import type { FromProvider } from './provider.ts';
import { createRecord, type Known, type KnownSteps, providerName, waName } from './record.ts';
import type { Relay } from './relay.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLOCK = join(import.meta.dirname, 'fasterClock.mjs');

export type Usage = { readonly cpuSeconds: number; readonly peakRssBytes: number };
export type Outcome = { readonly known: Known; readonly usage: Usage };
export type Contestant = {
  /** Messages were sent; whoever sends them knows their ids. */
  sent(msgIds: readonly number[]): void;
  /** Ends it. */
  finish(): Promise<Outcome>;
};

/** The contestants' clock shows `shows` when the wall's shows `from`, and runs `scale` times as fast from then on. */
export type World = { readonly scale: number; readonly from: number; readonly shows: number; readonly perMinute: number };
export type Shop = Extract<FromProvider, { is: 'ready' }>;

export function environment(world: World, usage?: string): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${CLOCK}`,
    CLOCK_TIMES: String(world.scale),
    CLOCK_FROM: String(world.from),
    CLOCK_SHOWS: String(world.shows),
    ...(usage === undefined ? {} : { USAGE_FILE: usage }),
  };
}

/** A part of this folder as a child; resolves with its first message. */
export async function begin<T>(
  file: string,
  input: unknown,
  env: Record<string, string>,
): Promise<{ readonly child: ChildProcess; readonly first: T }> {
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(input)], { env: { ...process.env, ...env }, execArgv: [] });
  return { child, first: await nextMessage<T>(child) };
}

export function nextMessage<T>(child: ChildProcess, wanted: (message: T) => boolean = () => true): Promise<T> {
  return new Promise((done, failed) => {
    const hear = (message: unknown) => {
      if (!wanted(message as T)) return;
      child.off('message', hear);
      child.off('exit', end);
      done(message as T);
    };
    const end = (code: number | null) => failed(new Error(`a process of the comparison ended with ${code}`));
    child.on('message', hear);
    child.once('exit', end);
  });
}

/** Asks the provider's account API, as its owner. */
export async function owner(shop: Shop, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`${shop.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return (JSON.parse(await answer.text()) as { data: Record<string, unknown> }).data;
}

function usageFile(): { readonly path: string; read(): Usage } {
  const folder = mkdtempSync(join(tmpdir(), 'tickline-compare-'));
  const path = join(folder, 'usage');
  return {
    path,
    read() {
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      rmSync(folder, { recursive: true, force: true });
      return JSON.parse(lines.at(-1) ?? '') as Usage;
    },
  };
}

type Told = { readonly is: 'known'; readonly known: readonly [string, KnownSteps][] };

/** One that lives in this folder and keeps its record in memory. */
function inMemory(child: ChildProcess, usage: ReturnType<typeof usageFile>): Contestant {
  return {
    sent: (msgIds) => void child.send({ is: 'sent', msgIds }),
    async finish() {
      const answer = nextMessage<Told>(child, (message) => message.is === 'known');
      child.send({ do: 'tell' });
      const { known } = await answer;
      const ended = new Promise((done) => child.once('exit', done));
      child.send({ do: 'stop' });
      await ended;
      return { known: new Map(known), usage: usage.read() };
    },
  };
}

export async function webhooksAlone(world: World, shop: Shop, relay: Relay): Promise<Contestant> {
  const usage = usageFile();
  const { child, first } = await begin<{ port: number }>('webhooksAlone.ts', {}, environment(world, usage.path));
  relay.leadTo(first.port);
  const registration = { webhook_url: `${relay.url}/webhook`, webhook_enabled: true, webhook_events: EVENT_NAMES };
  await owner(shop, 'PUT', `/whatsapp-sessions/${shop.session}`, registration);
  return inMemory(child, usage);
}

export async function loop(world: World, shop: Shop, obey: boolean): Promise<Contestant> {
  const usage = usageFile();
  const { api_key: apiKey } = await owner(shop, 'GET', `/whatsapp-sessions/${shop.session}`);
  const { child } = await begin('loop.ts', { url: shop.url, apiKey, obey, perMinute: world.perMinute }, environment(world, usage.path));
  return inMemory(child, usage);
}

/** As its owner does: account, session, and the way in; resolves when the provider knows where to send webhooks. */
async function connect(app: App, shop: Shop, relay: Relay): Promise<void> {
  relay.leadTo(Number(new URL(app.webhooks).port));
  const { accountId: account } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Compared',
    settings: { baseUrl: shop.url },
    secrets: { personalAccessToken: shop.token },
    tunnel: { kind: 'own-url', url: relay.url },
  });
  await app.rpc('session.choose', { account, session: shop.session });
  const isRegistered = async () => (await app.rpc('intake.status', { account })).intakes[0]?.webhookRegistered === true;
  for (let tries = 0; !(await isRegistered()); tries++) {
    if (tries > 200) throw new Error(`the webhook was not registered:\n${app.stderr()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The app as it ships, the browser way, connected as an owner would connect it. */
export async function tickline(world: World, shop: Shop, relay: Relay): Promise<Contestant> {
  const usage = usageFile();
  const data = mkdtempSync(join(tmpdir(), 'tickline-compare-app-'));
  const app = await startApp({ data, entry: join(ROOT, 'out/main/headless.js'), env: environment(world, usage.path) });
  try {
    await connect(app, shop, relay);
  } catch (error) {
    await app.kill();
    throw error;
  }
  return {
    sent: () => undefined,
    async finish() {
      await app.kill('SIGTERM');
      const known = readKnown(join(data, 'tickline.sqlite'));
      rmSync(data, { recursive: true, force: true, maxRetries: 3 });
      return { known, usage: usage.read() };
    },
  };
}

/** When each status was first on the disk. */
function readKnown(file: string): Known {
  const db = new Database(file, { readonly: true });
  const rows = db
    .prepare(
      `SELECT m.wa_id AS waId, m.provider_id AS providerId, r.said, min(i.received_at) AS at
       FROM receipts r JOIN messages m ON m.id = r.message_id JOIN inbox i ON i.id = r.inbox_id GROUP BY r.message_id, r.said`,
    )
    .all() as { waId: string | null; providerId: string | null; said: Said; at: number }[];
  db.close();
  const record = createRecord();
  for (const { waId, providerId, said, at } of rows) {
    if (waId !== null) record.note(waName(waId), said, at);
    if (providerId !== null) record.note(providerName(providerId), said, at);
  }
  return record.known;
}
