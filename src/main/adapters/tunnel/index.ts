/** Makes the tunnel that an account's settings ask for. */
import type { Clock } from '../../core/ports/clock.ts';
import type { Tunnel } from '../../core/ports/tunnel.ts';

/** Same shape as the contract's tunnel settings. */
export type TunnelChoice =
  | { readonly kind: 'localtunnel'; readonly host: string; readonly name?: string }
  | { readonly kind: 'own-url'; readonly url: string }
  | { readonly kind: 'local' }
  | { readonly kind: 'none' };

export type TunnelParts = { readonly clock: Clock; readonly fetch: typeof fetch };

/** `createTunnel` of index.ts, for the engine, which gets it injected. */
export type CreateTunnel = (choice: TunnelChoice) => Tunnel | undefined;
