/**
 * Asks a localtunnel server for a public address: one `GET {host}/{name}` (or `/?new`). localtunnel 2.0.2's
 * own request repeats each second for ever, also after a clear refusal, and cannot be stopped; this one is
 * tried once and ends with the caller's signal.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { FailureError, fail, raise } from '../../core/domain/failure.ts';
import { isOwnNetwork, isPublicOrName, refuseTypedAddress } from '../../core/domain/typedAddress.ts';

/** What the server gave: where its public side is, and where its data connections are to be made. */
export type Registration = {
  readonly name: string;
  /** Without a trailing slash. */
  readonly url: string;
  readonly dataHost: string;
  readonly dataIp: string | undefined;
  readonly dataPort: number;
  readonly connections: number;
};

/** More would only cost sockets; the public service gives 10. */
const MOST_CONNECTIONS = 16;
const LONGEST_ANSWER = 16_384;

const answerSchema = z.object({
  id: z.string().min(1).max(200),
  port: z.int().min(1).max(65_535),
  max_conn_count: z.int().min(1).optional(),
  url: z.url({ protocol: /^https?$/ }).max(500),
  ip: z.string().max(100).nullish(),
});

/**
 * Rejects with a FailureError: `conflict` when the name is refused, `rate_limited`, else `provider_unreachable`.
 * Passes on the signal's AbortError.
 */
export async function register(host: string, name: string | undefined, fetcher: typeof fetch, signal: AbortSignal): Promise<Registration> {
  const response = await ask(`${host}/${name ?? '?new'}`, fetcher, signal);
  const body = await readText(response, LONGEST_ANSWER);
  signal.throwIfAborted();
  if (response.status !== 200) throw new FailureError(refusal(response, name));
  const answer = answerSchema.safeParse(parseJson(body));
  if (!answer.success) {
    raise('provider_unreachable', 'The tunnel service answered with something other than an address.', {
      retry: true,
      detail: z.prettifyError(answer.error),
    });
  }
  const { id, port, url, ip, max_conn_count } = answer.data;
  const dataIp = ip != null && isIP(ip) !== 0 ? ip : undefined;
  if (!mayLeadTo(host, url) || (dataIp !== undefined && !mayLeadTo(host, `http://${isIP(dataIp) === 6 ? `[${dataIp}]` : dataIp}/`))) {
    raise('provider_refused', 'The tunnel service gave an address that lies inside a network instead of on the internet. It is not used.', {
      detail: 'ERR_ADDRESS_REFUSED',
    });
  }
  return {
    name: id,
    url: url.replace(/\/+$/, ''),
    dataHost: new URL(host).hostname,
    dataIp,
    dataPort: port,
    connections: Math.min(max_conn_count ?? 1, MOST_CONNECTIONS),
  };
}

/** A server of the internet may only lead to the internet; one on the owner's own network also to that. */
function mayLeadTo(host: string, address: string): boolean {
  return isOwnNetwork(host) ? refuseTypedAddress(address) === undefined : isPublicOrName(address);
}

async function ask(url: string, fetcher: typeof fetch, signal: AbortSignal): Promise<Response> {
  try {
    return await fetcher(url, { signal, redirect: 'manual', headers: { accept: 'application/json', 'user-agent': 'Tickline' } });
  } catch (cause) {
    signal.throwIfAborted();
    const detail = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : undefined;
    return raise('provider_unreachable', 'The tunnel service cannot be reached.', { retry: true, detail });
  }
}

function refusal(response: Response, name: string | undefined) {
  const { status } = response;
  if (status === 403 && name !== undefined) {
    return fail('conflict', 'The tunnel service refused the name that this account uses.', { retry: true, detail: 'HTTP 403' }).error;
  }
  if (status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const afterMs = Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : undefined;
    return fail('rate_limited', 'The tunnel service asks for fewer requests.', { retry: true, detail: 'HTTP 429', afterMs }).error;
  }
  return fail('provider_unreachable', `The tunnel service gave no address (answer ${status}).`, { retry: true, detail: `HTTP ${status}` }).error;
}

/** The body's start as text; reading stops beyond `limit` bytes. */
async function readText(response: Response, limit: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < limit) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(parts).toString('utf8');
    parts.push(value);
    bytes += value.byteLength;
  }
  await reader.cancel();
  return '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
