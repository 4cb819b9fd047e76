/**
 * A way in from the internet to the listener on this machine. A body only opens and closes it and
 * passes on trouble it happens to hear of; whether it is really live is proven by the intake's nonce,
 * because libraries' own events prove nothing.
 */
export interface Tunnel {
  readonly kind: TunnelKind;
  /**
   * Opens the way to `127.0.0.1:port`. Rejects with a FailureError within `deadlineMs`, or at once when
   * `signal` aborts; never stays pending. `name` is the subdomain asked for (another one may be given:
   * compare `handle.url`).
   */
  open(request: TunnelRequest): Promise<TunnelHandle>;
}

export type TunnelKind = 'localtunnel' | 'own-url' | 'local' | 'none';

export type TunnelRequest = {
  readonly port: number;
  readonly name?: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
};

export interface TunnelHandle {
  /** `https://…` (or `http://127.0.0.1:…` on loopback), without a trailing slash. */
  readonly url: string;
  /** How many ms must pass after `close()` before the same name can be had again. */
  readonly reopenAfterMs: number;
  /** Called with a plain sentence when the body hears of trouble; at most a hint to probe now. */
  onTrouble(listener: (words: string) => void): void;
  /** Harmless when called twice. */
  close(): Promise<void>;
}
