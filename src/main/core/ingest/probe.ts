/**
 * The self-check of a door: we ask our own public address for a word that only this process knows.
 * Nothing else proves that a tunnel is live, because tunnel libraries do not notice their own death.
 */
import type { Millis } from '../domain/ids.ts';
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

export type ProbeMissVerdict =
  /** No connection, or the tunnel service says that nobody is connected (404, 408, 5xx). */
  | 'dead'
  /** A page that wants something from a human first (401, 511). */
  | 'interstitial'
  /** Something on the way forbids it (403, 451). */
  | 'firewall'
  /** An answer, but not ours: the address belongs to somebody else. */
  | 'stranger'
  /** A redirect, which senders of webhooks do not follow. */
  | 'redirected'
  /** No answer in time. */
  | 'black-hole';

export type ProbeMiss = {
  readonly verdict: ProbeMissVerdict;
  readonly at: Millis;
  /** One plain sentence for the owner. */
  readonly words: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
};

export type ProbeResult = ProbeLive | ProbeMiss;
