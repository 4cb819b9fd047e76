/** An address that the owner has arranged: a reverse proxy, a named tunnel, a forwarded port. Nothing is opened or closed by us. */
import { raise } from '../../core/domain/failure.ts';
import type { Tunnel, TunnelHandle } from '../../core/ports/tunnel.ts';

/** Rejects with `bad_input` when `address` is no http or https address. */
export function createOwnUrl(address: string): Tunnel {
  return {
    kind: 'own-url',
    async open({ signal }) {
      if (signal.aborted) raise('shutting_down', 'Opening the door was given up.');
      return stillHandle(tidyAddress(address));
    },
  };
}

/** A handle of something that we did not open: closing it leaves it as it is. */
export function stillHandle(url: string): TunnelHandle {
  return { url, reopenAfterMs: 0, onTrouble: () => undefined, close: async () => undefined };
}

function tidyAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return raise('bad_input', 'The address of your own tunnel must begin with https:// (or http://).');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
