/** Addresses of servers that the owner types: which of them can never be right, in words that help. */
import { reachOf, wrapsIpv4 } from './networkAddress.ts';

const HOST = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#\\]*@)?(\[[^\]]*\]|[^/?#\\:]*)/i;

/**
 * Why `text` (an http or https address) can never be right; `undefined` when it may be. Addresses of the own network and of
 * this computer may be: gateways and servers stand there. But only where they are written out, as `192.168.1.20`, `[::1]`
 * or `localhost`, so that one sees where they lead.
 */
export function refuseTypedAddress(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'This is no web address. It begins with https://';
  if (url.username !== '' || url.password !== '') return 'Leave user name and password out of the address.';
  const written = HOST.exec(text.trim())?.[1]?.toLowerCase();
  const host = url.hostname;
  const reach = reachOf(host);
  if (reach === undefined) return host === '' ? 'The address names no server.' : undefined;
  if (reach === 'never') return 'This address is reserved for the network itself; no server of yours can be there.';
  const plain = host.startsWith('[') ? written?.startsWith('[') === true && !wrapsIpv4(host) : written === host;
  return plain ? undefined : 'Write the number of the server in its usual form, like 192.168.1.20.';
}

/** Whether the server in a typed address is on the owner's own network or computer, and said so by itself. */
export function isOwnNetwork(typed: string): boolean {
  const { hostname } = new URL(typed);
  const reach = reachOf(hostname);
  return hostname === 'localhost' || reach === 'private' || reach === 'loopback';
}

/** Whether an address that came from outside (not typed by the owner) may be followed: a name, or a public number. */
export function isPublicOrName(address: string): boolean {
  if (refuseTypedAddress(address) !== undefined) return false;
  return !isOwnNetwork(address);
}
