/** The code of the error by which a connection is refused before it is made. */
export const REFUSED_ADDRESS = 'ERR_ADDRESS_REFUSED';

/**
 * Where on a network an IP address leads. Decides which addresses a request of ours may go to: `never` are those
 * behind which no server of the owner's can be, only the machine's own plumbing (cloud metadata, link-local,
 * multicast, the unspecified address).
 */
export type Reach = 'public' | 'private' | 'loopback' | 'never';

/**
 * The reach of a literal IPv4 (`127.0.0.1`) or IPv6 address (with or without brackets or zone); `undefined` for
 * everything else, names included. IPv6 forms that only wrap an IPv4 address (mapped, compatible, NAT64, 6to4, ISATAP) are
 * as far as the address within: a network without IPv4 of its own reaches the whole public internet through NAT64.
 */
export function reachOf(address: string): Reach | undefined {
  const v4 = readIpv4(address);
  if (v4 !== undefined) return reachOfV4(v4);
  const v6 = readIpv6(address);
  return v6 === undefined ? undefined : reachOfV6(v6);
}

/** Whether `host` is an IPv6 literal that wraps an IPv4 address. */
export function wrapsIpv4(host: string): boolean {
  const groups = readIpv6(host);
  return groups !== undefined && innerV4(groups) !== undefined;
}

/** Whether `address` is one that Tailscale gives to the computers of one network (tailscale.com/kb/1015). */
export function isTailnetAddress(address: string): boolean {
  if (reachOf(address) !== 'private') return false;
  const v4 = readIpv4(address);
  if (v4 !== undefined) return v4 >>> 22 === 0x64400000 >>> 22;
  const v6 = readIpv6(address);
  return v6?.[0] === 0xfd7a && v6[1] === 0x115c && v6[2] === 0xa1e0;
}

type Range = readonly [start: number, bits: number, reach: Reach];

const range = (text: string, bits: number, reach: Reach): Range => [readIpv4(text) ?? Number.NaN, bits, reach];

/** IANA's special-purpose registry, and where clouds keep their credentials. The first match holds. */
const V4_RANGES: readonly Range[] = [
  range('0.0.0.0', 8, 'never'),
  range('127.0.0.0', 8, 'loopback'),
  range('169.254.0.0', 16, 'never'),
  // metadata outside of link-local: Alibaba, Azure's wire server; Oracle's lies in 192.0.0.0/24
  range('100.100.100.200', 32, 'never'),
  range('168.63.129.16', 32, 'never'),
  range('192.0.0.0', 24, 'never'),
  range('10.0.0.0', 8, 'private'),
  range('172.16.0.0', 12, 'private'),
  range('192.168.0.0', 16, 'private'),
  // shared by carriers and by overlay networks such as Tailscale
  range('100.64.0.0', 10, 'private'),
  // multicast, reserved, broadcast
  range('224.0.0.0', 4, 'never'),
  range('240.0.0.0', 4, 'never'),
  // 198.18.0.0/15 stays public: proxies on the owner's computer give every name on the internet an address in it
];

function reachOfV4(address: number): Reach {
  return V4_RANGES.find(([start, bits]) => address >>> (32 - bits) === start >>> (32 - bits))?.[2] ?? 'public';
}

function reachOfV6(groups: readonly number[]): Reach {
  const g = (at: number) => groups[at] ?? 0;
  const startsWith = (...start: readonly number[]) => start.every((value, at) => g(at) === value);
  if (startsWith(0, 0, 0, 0, 0, 0, 0)) return g(7) === 1 ? 'loopback' : 'never';
  // metadata: Amazon's and Google's
  if (startsWith(0xfd00, 0xec2) || startsWith(0xfd20, 0xce)) return 'never';
  const inner = innerV4(groups);
  if (inner !== undefined) return reachOfV4(inner);
  const first = g(0);
  // link-local, multicast, discard-only, Teredo
  if ((first & 0xffc0) === 0xfe80 || (first & 0xff00) === 0xff00 || startsWith(0x100, 0, 0, 0) || startsWith(0x2001, 0)) return 'never';
  // unique local, the retired site-local, local-use NAT64
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfec0 || startsWith(0x64, 0xff9b, 1)) return 'private';
  return 'public';
}

function innerV4(groups: readonly number[]): number | undefined {
  const g = (at: number) => groups[at] ?? 0;
  const join = (high: number, low: number) => high * 0x10000 + low;
  const zeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  const mapped = zeros(0, 5) && (g(5) === 0xffff || (g(5) === 0 && g(6) !== 0));
  const translated = zeros(0, 4) && g(4) === 0xffff && g(5) === 0;
  const nat64 = g(0) === 0x64 && g(1) === 0xff9b && zeros(2, 6);
  const isatap = (g(4) & 0xfdff) === 0 && g(5) === 0x5efe;
  if (mapped || translated || nat64 || isatap) return join(g(6), g(7));
  return g(0) === 0x2002 ? join(g(1), g(2)) : undefined;
}

/** Four plain decimal numbers, and no other spelling. */
function readIpv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (parts?.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) ?? true) return undefined;
  return parts?.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The eight groups, read by the URL standard's own parser. */
function readIpv6(text: string): readonly number[] | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]/`)) return undefined;
  const plain = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const read = (half: string) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [read(head), read(tail ?? '')];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}
