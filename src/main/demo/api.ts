/** From one HTTP request to one answer: faults, tokens, limits, then the route. No sockets here. */
import type { DemoSwitches } from '../../shared/contract/views.ts';
import type { Clock } from '../core/ports/clock.ts';
import { type Answer, refuse, tooMany } from './answers.ts';
import type { Allowance, Limiter, LimitKind, Limits } from './limiter.ts';
import type { Random } from './random.ts';
import { findRoute, type Route } from './routes.ts';
import type { Sessions, ShopSession } from './sessions.ts';
import type { Waits } from './waits.ts';

export type ApiRequest = {
  readonly method: string;
  /** Without `/api` and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
};

export interface Api {
  answer(request: ApiRequest): Promise<Answer>;
  /** Requests so far by route (`GET /messages/:id/info`); `unknown`, `outage` and `refused` (over the limit) have their own entries. */
  counts(): Readonly<Record<string, number>>;
}

export function createApi(parts: {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly random: Random;
  readonly switches: () => DemoSwitches;
  readonly limiter: Limiter;
  readonly limits: Limits;
  readonly sessions: Sessions;
  readonly personalAccessToken: string;
  readonly routes: readonly Route[];
}): Api {
  const counts: Record<string, number> = {};
  let asked = 0;

  function count(what: string): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }

  async function answer(request: ApiRequest): Promise<Answer> {
    const chance = parts.random.fork('request', ++asked);
    const reply = handle(request, chance);
    // The work is done before the wait: a caller who gives up does not know whether it was.
    if (parts.switches().slow) await parts.waits.pause(chance.int(2000, 5000));
    return reply;
  }

  function handle(request: ApiRequest, chance: Random): Answer {
    if (parts.switches().outage) {
      count('outage');
      if (chance.chance(0.3))
        return { status: 503, headers: { 'Content-Type': 'text/html' }, body: '<html><body>503 Service Unavailable</body></html>' };
      return refuse(503, 'Service Unavailable');
    }
    const match = findRoute(parts.routes, request.method, request.path);
    if (match === 'none' || match === 'other-method') count('unknown');
    if (match === 'none') return refuse(404, 'Not found.');
    if (match === 'other-method') return refuse(405, 'Method not allowed.');
    const { route, params } = match;
    count(`${route.method} ${route.path}`);
    const call = { params, query: request.query, body: request.body };
    if (route.token === 'account') {
      if (request.token !== parts.personalAccessToken) return refuse(401, 'Unauthenticated.');
      return limited(route.limit, 'account', chance, () => route.answer(call));
    }
    const session = sessionOf(request.token);
    if (session === undefined) return refuse(401, 'Unauthenticated.');
    return limited(route.limit, String(session.id), chance, () => route.answer(call, session));
  }

  function sessionOf(token: string | undefined): ShopSession | undefined {
    return token === undefined ? undefined : parts.sessions.byKey(token);
  }

  function limited(kind: LimitKind, token: string, chance: Random, answer: () => Answer): Answer {
    const isTight = parts.switches().limits;
    const limit = isTight ? Math.max(1, Math.floor(parts.limits[kind] / 4)) : parts.limits[kind];
    const allowance = parts.limiter.take(kind, token, limit);
    const headers = limitHeaders(allowance, chance);
    if (!allowance.allowed) count('refused');
    const isMoody = isTight && chance.chance(0.3);
    const reply = !allowance.allowed
      ? tooMany(Math.max(1, Math.ceil((allowance.resetAt - parts.clock.now()) / 1000)))
      : isMoody
        ? tooMany(chance.int(1, 5))
        : answer();
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  /** The moment of the reset is documented both as Unix seconds and as seconds to go; both occur. */
  function limitHeaders(allowance: Allowance, chance: Random): Record<string, string> {
    const reset = chance.chance(0.5) ? Math.ceil(allowance.resetAt / 1000) : Math.max(0, Math.ceil((allowance.resetAt - parts.clock.now()) / 1000));
    return {
      'X-RateLimit-Limit': String(allowance.limit),
      'X-RateLimit-Remaining': String(allowance.remaining),
      'X-RateLimit-Reset': String(reset),
    };
  }

  return { answer, counts: () => ({ ...counts }) };
}
