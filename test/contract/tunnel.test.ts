import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { createTunnel, type TunnelChoice } from '../../src/main/adapters/tunnel/index.ts';
import type { Tunnel } from '../../src/main/core/ports/tunnel.ts';
import { startFakeTunnelServer } from '../support/fakeTunnelServer.ts';
import { tunnelContract } from './tunnel.ts';

function make(choice: TunnelChoice): Tunnel {
  const tunnel = createTunnel(choice, { clock: createSystemClock(), fetch });
  if (tunnel === undefined) throw new Error(`no tunnel for ${choice.kind}`);
  return tunnel;
}

tunnelContract('localtunnel', async () => {
  const server = await startFakeTunnelServer();
  return { tunnel: make({ kind: 'localtunnel', host: server.host }), name: 'qwertyuiop12', close: server.close };
});

tunnelContract('own address', async (port) => ({
  tunnel: make({ kind: 'own-url', url: `http://127.0.0.1:${port}/` }),
  close: async () => undefined,
}));

tunnelContract('own address with a path', async (port) => ({
  tunnel: make({ kind: 'own-url', url: `http://127.0.0.1:${port}/?from=settings` }),
  close: async () => undefined,
}));

tunnelContract('this machine', async () => ({ tunnel: make({ kind: 'local' }), close: async () => undefined }));
