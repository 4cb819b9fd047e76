/**
 * `fetch` for every address that the owner can type: it does not reach what no server of theirs can be behind, whatever
 * a name turns out to mean at the moment of connecting, follows no redirect, and ends with an answer that
 * is too long in coming or too large. The built-in fetch takes no look-up of one's own, so this is undici's, which is the same.
 */
import type { Agent } from 'undici';
import { reachOf } from '../../core/domain/networkAddress.ts';
import { AddressRefused, checkedLookup, type Resolve, resolveBySystem } from './lookup.ts';

export type GuardLimits = {
  /** To connect, to the headers, and between two pieces of the body; in ms. */
  readonly silence: number;
  /** The body as it travels, in bytes. */
  readonly answer: number;
};

/** The callers' own limits are tighter (1 MB, 15 s for the whole); these hold whoever forgets. */
export const GUARD_LIMITS: GuardLimits = { silence: 15_000, answer: 4 * 1024 * 1024 };

export type GuardedFetch = typeof fetch & { close(): Promise<void> };

/** Rejects like `fetch`; the cause of a refusal is an AddressRefused. `resolve` is for tests. */
export function createGuardedFetch(options: { readonly resolve?: Resolve; readonly limits?: Partial<GuardLimits> } = {}): GuardedFetch {
  const limits = { ...GUARD_LIMITS, ...options.limits };
  const lookup = checkedLookup(options.resolve ?? resolveBySystem);
  let agent: Agent | undefined;

  const guarded = async (input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> => {
    const target = new URL(input instanceof Request ? input.url : String(input));
    const refused = whyNot(target);
    if (refused !== undefined) throw new TypeError('fetch failed', { cause: new AddressRefused(refused) });
    // Loaded by the first who asks something of the network; a start has no use for it.
    const undici = await import('undici');
    agent ??= new undici.Agent({
      connect: { lookup, timeout: limits.silence },
      headersTimeout: limits.silence,
      bodyTimeout: limits.silence,
      maxResponseSize: limits.answer,
      maxHeaderSize: 16 * 1024,
    });
    const asked = { ...init, redirect: init?.redirect === 'error' ? 'error' : 'manual', dispatcher: agent };
    return (await undici.fetch(target, asked as Parameters<typeof undici.fetch>[1])) as unknown as Response;
  };
  return Object.assign(guarded as typeof fetch, { close: async () => agent?.close() });
}

/** Numbers need no look-up, so they are judged here. Those of the own network were written out by the owner. */
function whyNot(target: URL): string | undefined {
  if (target.protocol !== 'https:' && target.protocol !== 'http:') return 'Only http and https addresses are asked.';
  return reachOf(target.hostname) === 'never' ? `Nothing is asked of ${target.hostname}: it is reserved for the network itself.` : undefined;
}
