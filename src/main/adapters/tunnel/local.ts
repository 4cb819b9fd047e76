/** For providers that run on this computer, like the demo shop: the listener's own address. */
import { raise } from '../../core/domain/failure.ts';
import type { Tunnel } from '../../core/ports/tunnel.ts';
import { stillHandle } from './own-url.ts';

export function createLocal(): Tunnel {
  return {
    kind: 'local',
    async open({ port, signal }) {
      if (signal.aborted) raise('shutting_down', 'Opening the door was given up.');
      return stillHandle(`http://127.0.0.1:${port}`);
    },
  };
}
