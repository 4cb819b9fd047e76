/**
 * One webhook request in, one answer out; no sockets here. Order of work: path secret, signature over the
 * raw bytes, masking, durable insert, and only then 200. (The size limit stands before all that, in the
 * listener, because a body over the limit is never read whole.)
 */
import { hash } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import { type BodyMasker, createBodyMasker, maskSecrets } from '../domain/mask.ts';
import type { DoorSpec, KeptAll } from '../ports/listener.ts';
import type { Provider, ProviderKey, RawRequest, Secrets, Shape } from '../ports/provider.ts';
import type { NewEntry } from '../ports/store.ts';
import { readable } from './readable.ts';

/** One account as the listener needs it. */
export type Door = {
  readonly account: AccountId;
  readonly provider: Provider;
  readonly secrets: () => Secrets;
  readonly mask: BodyMasker;
};

export type Doors = {
  /** The account behind a path secret. The look-up goes by digest, so its time tells nothing about the secret. */
  find(pathSecret: string): Door | undefined;
  setAll(specs: readonly DoorSpec[]): void;
};

export type Answer = { readonly status: number; readonly body?: string; readonly retryAfterSeconds?: number };

export type Rejection = 'unknown-path' | 'method' | 'no-signature' | 'wrong-signature' | 'no-secret';

const OK: Answer = { status: 200 };
const NOT_FOUND: Answer = { status: 404 };
const UNAUTHORIZED: Answer = { status: 401 };
const METHOD: Answer = { status: 405 };
const LATER: Answer = { status: 503, retryAfterSeconds: 5 };

/**
 * What is remembered of a request's headers: what explains an entry (who wrote it, when, the how-manieth time, which
 * way it came), and nothing that could be a credential. Everything else is forgotten, so that a header nobody thought of leaks nothing.
 */
const KEPT_HEADERS = [
  'content-type',
  'content-encoding',
  'user-agent',
  'date',
  'x-request-id',
  'x-correlation-id',
  'webhook-id',
  'webhook-timestamp',
  'x-webhook-event',
  'x-webhook-id',
  'x-webhook-timestamp',
  'x-webhook-attempt',
  'x-retry-count',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
  'cf-ray',
] as const;

export type Receiver = (request: RawRequest & { readonly pathSecret: string; readonly query: string }) => Promise<Answer> | Answer;

/** `keep` resolves after the commit. `onReject` is told of every request that did not prove itself. */
export function createReceiver(deps: {
  doors: Pick<Doors, 'find'>;
  keep: (entry: NewEntry) => Promise<KeptAll>;
  now: () => number;
  onReject: (why: Rejection, account: AccountId | undefined) => void;
}): Receiver {
  const thank = (result: KeptAll): Answer => (result === 'kept' ? OK : LATER);
  return (request) => {
    const door = deps.doors.find(request.pathSecret);
    if (door === undefined) {
      deps.onReject('unknown-path', undefined);
      return NOT_FOUND;
    }
    if (request.method === 'GET') {
      const challenge = door.provider.challenge?.(new URLSearchParams(request.query), door.secrets());
      return challenge === undefined ? NOT_FOUND : { status: 200, body: challenge };
    }
    if (request.method !== 'POST') {
      deps.onReject('method', door.account);
      return METHOD;
    }
    const proof = door.provider.prove(request, door.secrets());
    if (!proof.ok) {
      deps.onReject(proof.why, door.account);
      return refusalOf(proof.why);
    }
    const encoding = request.headers['content-encoding'];
    return deps
      .keep(
        entryOf(door, {
          source: 'webhook',
          shape: 'webhook',
          body: request.body,
          receivedAt: deps.now(),
          headers: keptHeaders(request.headers, knownSecrets(door.secrets())),
          ...(encoding === undefined ? {} : { contentEncoding: encoding }),
        }),
      )
      .then(thank);
  };
}

/** Without a secret of ours nothing can be proven or disproven, and that is our trouble: whoever tries again may be heard later. */
function refusalOf(why: 'no-signature' | 'wrong-signature' | 'no-secret'): Answer {
  return why === 'no-secret' ? LATER : UNAUTHORIZED;
}

/** What can be told of a request before its body is read. */
export type RequestHead = Pick<RawRequest, 'method' | 'headers'> & { readonly pathSecret: string };
/** The refusal of a request that will be refused whatever its body holds; `undefined` for all others. */
export type Gate = (head: RequestHead) => Answer | undefined;

/** Refuses what `createReceiver` would, as soon as the head tells. */
export function createGate(deps: { doors: Pick<Doors, 'find'>; onReject: (why: Rejection, account: AccountId | undefined) => void }): Gate {
  return ({ method, headers, pathSecret }) => {
    const door = deps.doors.find(pathSecret);
    if (door === undefined) {
      deps.onReject('unknown-path', undefined);
      return NOT_FOUND;
    }
    if (method !== 'POST' || door.provider.provesByHeaders !== true) return undefined;
    const proof = door.provider.prove({ method, headers, body: NOTHING }, door.secrets());
    if (proof.ok) return undefined;
    deps.onReject(proof.why, door.account);
    return refusalOf(proof.why);
  };
}
const NOTHING = new Uint8Array();

/** An entry ready for the inbox, masked. */
export function entryOf(
  door: Pick<Door, 'account' | 'mask' | 'secrets'>,
  given: {
    source: NewEntry['source'];
    shape: Shape;
    body: Uint8Array;
    receivedAt: number;
    since?: number;
    headers?: string;
    contentEncoding?: string;
  },
): NewEntry {
  const secrets = knownSecrets(door.secrets());
  const bytes = Buffer.from(given.body.buffer, given.body.byteOffset, given.body.byteLength);
  const body = door.mask(readable(bytes, given.contentEncoding), secrets);
  return {
    account: door.account,
    source: given.source,
    shape: given.shape,
    receivedAt: given.receivedAt,
    ...(given.since === undefined ? {} : { since: given.since }),
    body,
    headers: given.headers ?? '{}',
    event: given.shape === 'webhook' ? eventOf(body) : given.shape,
  };
}

/** Without digits, which no event has in its name and every phone number has. */
const EVENT = /"event"\s*:\s*"([A-Za-z][A-Za-z_.-]{0,59})"/;

/** The provider's name for a webhook, for the Events list; a look at the masked bytes, not a reading of them. */
function eventOf(body: Buffer): string | null {
  return EVENT.exec(body.toString('latin1', 0, 1024))?.[1] ?? null;
}

function knownSecrets(secrets: Secrets): string[] {
  return Object.values(secrets).filter((secret): secret is string => secret !== undefined && secret.length > 0);
}

/** As JSON text, masked and then cut. The usual headers are few and repeat, so the texts are remembered. */
function keptHeaders(headers: RawRequest['headers'], secrets: readonly string[]): string {
  const values = KEPT_HEADERS.map((name) => {
    const value = headers[name];
    return value === undefined ? undefined : maskSecrets(value, secrets).slice(0, 200);
  });
  const key = values.join('\n');
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(Object.fromEntries(KEPT_HEADERS.map((name, i) => [name, values[i]]).filter(([, value]) => value !== undefined)));
  if (remembered.size < 100) remembered.set(key, text);
  return text;
}
const remembered = new Map<string, string>();

/** Doors found by the SHA-256 digest of their path secret. */
export function createDoors(providers: ReadonlyMap<ProviderKey, Provider>): Doors {
  let byDigest = new Map<string, Door>();
  const digest = (pathSecret: string) => hash('sha256', pathSecret, 'base64');
  return {
    find: (pathSecret) => byDigest.get(digest(pathSecret)),
    setAll(specs) {
      const next = new Map<string, Door>();
      for (const spec of specs) {
        const provider = providers.get(spec.provider);
        if (provider === undefined) continue;
        next.set(digest(spec.pathSecret), {
          account: spec.account,
          provider,
          secrets: () => spec.secrets,
          mask: createBodyMasker(provider.masking, () => spec.storeText),
        });
      }
      byDigest = next;
    },
  };
}
