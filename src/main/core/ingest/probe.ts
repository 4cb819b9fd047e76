/**
 * The self-check of a door: we ask our own public address for a word that only this process knows.
 * Nothing else proves that a tunnel is live, because tunnel libraries do not notice their own death.
 */
import type { DoorCause } from '../domain/doorCause.ts';
import type { Millis } from '../domain/ids.ts';
import { REFUSED_ADDRESS } from '../domain/networkAddress.ts';
import type { Clock } from '../ports/clock.ts';

export type ProbesDeps = {
  readonly clock: Clock;
  /** Cryptographic randomness: `count` bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly fetch: typeof fetch;
};

export interface Probes {
  /**
   * For the listener, at `GET /n/<nonce>`: the body to answer with (200, `text/plain`), or `undefined` for 404.
   * Only nonces of checks that are under way are answered. Leave out the listener's own `Date` header
   * (`response.sendDate = false`), so that the one that a proxy adds tells the clock of the outside world.
   */
  answerTo(nonce: string): string | undefined;
  /** Asks `${url}/n/<nonce>` and tells what came back. Never rejects; `signal` ends it early as `black-hole`. */
  probe(url: string, options?: ProbeOptions): Promise<ProbeResult>;
}

export type ProbeOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal };

/** The request came back to us: the door is open. */
export type ProbeLive = {
  readonly verdict: 'live';
  readonly at: Millis;
  readonly roundTripMs: number;
  /** The clock of whoever stamped the answer minus ours; good to about a second. `undefined` when nobody stamped it. */
  readonly clockSkewMs: number | undefined;
};

export type ProbeMissVerdict = Extract<DoorCause, 'dead' | 'interstitial' | 'firewall' | 'stranger' | 'redirected' | 'black-hole'>;

export type ProbeMiss = {
  readonly verdict: ProbeMissVerdict;
  readonly at: Millis;
  /** One plain sentence for the owner. */
  readonly words: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
};

export type ProbeResult = ProbeLive | ProbeMiss;

const DEFAULT_TIMEOUT_MS = 10_000;
/** A page instead of our 32 characters is not worth reading to its end. */
const LONGEST_ANSWER = 512;

const HEADERS = {
  // localtunnel's and ngrok's pages for human visitors are skipped by these and by a user agent that is no browser's
  'bypass-tunnel-reminder': '1',
  'ngrok-skip-browser-warning': '1',
  'user-agent': 'Tickline self-check',
  accept: 'text/plain',
  'cache-control': 'no-store',
  // a kept connection could outlive the tunnel's name; each check must find its way afresh
  connection: 'close',
} as const;

type HeardAnswer = { readonly status: number; readonly body: string; readonly date: string | null };

/** Makes the self-checks of this process; one is enough for all accounts. */
export function createProbes(deps: ProbesDeps): Probes {
  const { clock } = deps;
  const replies = new Map<string, string>();

  const randomWord = () => Buffer.from(deps.randomBytes(16)).toString('hex');

  async function probe(url: string, options: ProbeOptions = {}): Promise<ProbeResult> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const nonce = randomWord();
    const reply = randomWord();
    const ending = new AbortController();
    const end = () => ending.abort();
    const cancelTimer = clock.after(timeoutMs, end);
    if (options.signal?.aborted) end();
    options.signal?.addEventListener('abort', end, { once: true });
    replies.set(nonce, reply);
    const startedAt = clock.now();
    const started = clock.monotonic();
    try {
      const heard = await ask(deps.fetch, `${url}/n/${nonce}`, ending.signal);
      const roundTripMs = Math.round(clock.monotonic() - started);
      if (heard.status === 200 && heard.body.trim() === reply) {
        return { verdict: 'live', at: clock.now(), roundTripMs, clockSkewMs: skewOf(heard.date, startedAt + roundTripMs / 2) };
      }
      return { ...missOf(heard.status), at: clock.now(), status: heard.status };
    } catch (cause) {
      if (ending.signal.aborted) {
        return { verdict: 'black-hole', at: clock.now(), words: `The public address did not answer within ${Math.round(timeoutMs / 1000)} seconds.` };
      }
      if (codeOf(cause).includes(REFUSED_ADDRESS)) {
        return {
          verdict: 'dead',
          at: clock.now(),
          words: 'The public address leads to a place inside a network, not to the internet, so it was not asked.',
        };
      }
      return { verdict: 'dead', at: clock.now(), words: `The public address cannot be reached${codeOf(cause)}.` };
    } finally {
      replies.delete(nonce);
      cancelTimer();
      options.signal?.removeEventListener('abort', end);
    }
  }

  return { answerTo: (nonce) => replies.get(nonce), probe };
}

async function ask(fetcher: typeof fetch, url: string, signal: AbortSignal): Promise<HeardAnswer> {
  const response = await fetcher(url, { headers: HEADERS, redirect: 'manual', signal });
  const body = await readStart(response);
  return { status: response.status, body, date: response.headers.get('date') };
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < LONGEST_ANSWER) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += decoder.decode(value, { stream: true });
    }
    return text;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** What an answer that is not ours means. Statuses as seen at loca.lt, ngrok, Cloudflare and hotel networks. */
function missOf(status: number): { readonly verdict: ProbeMissVerdict; readonly words: string } {
  if (status === 401 || status === 407 || status === 511) {
    return { verdict: 'interstitial', words: `A page that asks for a password or a click stands before the public address (answer ${status}).` };
  }
  if (status === 403 || status === 451) {
    return { verdict: 'firewall', words: `Something on the way to the public address forbids requests (answer ${status}).` };
  }
  if (status === 404 || status === 408 || status === 410 || status === 429 || status >= 500) {
    return { verdict: 'dead', words: `The public address answers, but the way from there to this computer is closed (answer ${status}).` };
  }
  if (status >= 300 && status < 400) {
    return {
      verdict: 'redirected',
      words: `The public address sends visitors elsewhere (answer ${status}), which senders of webhooks do not follow.`,
    };
  }
  return { verdict: 'stranger', words: `Somebody else answers at the public address (answer ${status}).` };
}

/** The `Date` header counts whole seconds, so on average it lies half a second behind. */
function skewOf(date: string | null, ourMiddle: Millis): number | undefined {
  const stamped = date === null ? Number.NaN : Date.parse(date);
  return Number.isFinite(stamped) ? Math.round(stamped + 500 - ourMiddle) : undefined;
}

/** The system's word for what went wrong, e.g. ` (ECONNREFUSED)`; fetch hides it in the cause. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return ` (${at.code})`;
  }
  return '';
}
