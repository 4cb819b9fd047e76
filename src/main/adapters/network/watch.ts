/** Notices that the computer changed networks, by its addresses: Wi-Fi to cable, a VPN that comes or goes. */
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../core/ports/clock.ts';

export type NetworkWatchDeps = {
  readonly clock: Clock;
  readonly read?: typeof networkInterfaces;
};

/** Asking the system takes well under a millisecond. */
const LOOK_EVERY_MS = 4_000;

/** Calls `onChange` after each change of the addresses that lead outside. The returned function ends it. */
export function watchNetwork({ clock, read = networkInterfaces }: NetworkWatchDeps, onChange: () => void): () => void {
  let seen = addresses(read);
  let cancel = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    cancel = clock.after(LOOK_EVERY_MS, look);
    const now = addresses(read);
    if (now === undefined || now === seen) return;
    seen = now;
    onChange();
  }

  return () => cancel();
}

/**
 * In one order and without loopback; of IPv6 only the network's half, because the other changes by itself for
 * privacy. `undefined` when the system does not tell.
 */
function addresses(read: typeof networkInterfaces): string | undefined {
  try {
    const found = Object.entries(read()).flatMap(([name, all]) =>
      (all ?? []).flatMap(({ address, family, internal }) => {
        if (internal || address.startsWith('fe80:')) return [];
        return [`${name} ${family === 'IPv6' ? address.split(':').slice(0, 4).join(':') : address}`];
      }),
    );
    return [...new Set(found)].sort().join(', ');
  } catch {
    return undefined;
  }
}
