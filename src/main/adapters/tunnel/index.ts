/** Makes the tunnel that an account's settings ask for. */
import { missingCase } from '../../core/domain/failure.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Tunnel } from '../../core/ports/tunnel.ts';
import { createLocal } from './local.ts';
import { createOwnUrl } from './own-url.ts';

/** Same shape as the contract's tunnel settings. */
export type TunnelChoice =
  | { readonly kind: 'localtunnel'; readonly host: string; readonly name?: string }
  | { readonly kind: 'own-url'; readonly url: string }
  | { readonly kind: 'local' }
  | { readonly kind: 'none' };

export type TunnelParts = { readonly clock: Clock; readonly fetch: typeof fetch };

/** The tunnel, not yet open; `undefined` for `none`. The name goes to the intake, which asks for it at each opening. */
export function createTunnel(choice: TunnelChoice, parts: TunnelParts): Tunnel | undefined {
  switch (choice.kind) {
    case 'localtunnel':
      return {
        kind: 'localtunnel',
        // The library and what it brings are loaded only by those who use it: a tenth of the whole start otherwise.
        open: async (request) => (await import('./localtunnel.ts')).createLocaltunnel({ host: choice.host, ...parts }).open(request),
      };
    case 'own-url':
      return createOwnUrl(choice.url);
    case 'local':
      return createLocal();
    case 'none':
      return undefined;
    default:
      return missingCase(choice);
  }
}
