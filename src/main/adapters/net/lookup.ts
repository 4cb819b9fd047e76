/** Looking up names, with a check of where they lead; the answer that is checked is the one that is connected to. */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isTailnetAddress, REFUSED_ADDRESS, type Reach, reachOf } from '../../core/domain/networkAddress.ts';

/** All addresses of a name, from the system or (in tests) from a resolver of one's own. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** A server that must not be asked. */
export class AddressRefused extends Error {
  readonly code = REFUSED_ADDRESS;
  constructor(words: string) {
    super(words);
    this.name = 'AddressRefused';
  }
}

export const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

/**
 * The addresses of a name that may be connected to. Rejects with AddressRefused when only one of them leads to the own
 * network or to this computer: whoever owns a public name could make it lead there (DNS rebinding). `localhost` alone may, and only
 * to this computer; and names below ts.net, which only Tailscale can give, to the addresses that Tailscale gives: on a computer of
 * the network, the public name of its Funnel leads straight to itself.
 */
export async function resolveChecked(hostname: string, resolve: Resolve = resolveBySystem): Promise<readonly LookupAddress[]> {
  const addresses = await resolve(hostname);
  const wanted: Reach = hostname === 'localhost' ? 'loopback' : 'public';
  const inTailnet = hostname.endsWith('.ts.net');
  const wrong = addresses.find(({ address }) => reachOf(address) !== wanted && !(inTailnet && isTailnetAddress(address)));
  if (wrong !== undefined) throw new AddressRefused(`The name ${hostname} leads to ${wrong.address}, which is not on the internet.`);
  return addresses;
}

/** One address of a server's name; of a number, the number. Rejects like `resolveChecked`. */
export type AddressOf = (host: string) => Promise<string>;

export const addressByCheckedLookup: AddressOf = async (host) => {
  const bare = host.replace(/^\[|\]$/g, '');
  if (reachOf(bare) !== undefined) return bare;
  const [first] = await resolveChecked(bare);
  if (first === undefined) throw Object.assign(new Error(`no address for ${bare}`), { code: 'ENOTFOUND' });
  return first.address;
};

/** `resolveChecked` in the shape that sockets ask for. They do not ask for addresses that are numbers already. */
export function checkedLookup(resolve: Resolve = resolveBySystem): LookupFunction {
  return (hostname, options, callback) => {
    resolveChecked(hostname, resolve).then(
      (addresses) => {
        const { family } = options;
        const fitting = addresses.filter((one) => (family !== 4 && family !== 6 ? true : one.family === family));
        const first = fitting[0];
        if (options.all) return callback(null, [...fitting]);
        if (first === undefined) return callback(Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' }), '', 0);
        return callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, options.all ? [] : '', 0),
    );
  };
}
