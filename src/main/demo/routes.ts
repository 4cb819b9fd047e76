/** What a route of the API is, and how a request finds its own. */
import type { Answer } from './answers.ts';
import type { LimitKind } from './limiter.ts';
import type { ShopSession } from './sessions.ts';

export type Call = { readonly params: readonly string[]; readonly query: URLSearchParams; readonly body: unknown };

type Common = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `:id` stands for one part, handed on in `params`. */
  readonly path: string;
  readonly limit: LimitKind;
};

/** `account` wants the personal access token, `session` a session's own key. */
export type Route =
  | (Common & { readonly token: 'account'; readonly answer: (call: Call) => Answer })
  | (Common & { readonly token: 'session'; readonly answer: (call: Call, session: ShopSession) => Answer });

export type Match = { readonly route: Route; readonly params: readonly string[] } | 'other-method' | 'none';

export function findRoute(routes: readonly Route[], method: string, path: string): Match {
  let isKnownPath = false;
  for (const route of routes) {
    const params = paramsOf(route.path, path);
    if (params === undefined) continue;
    if (route.method === method) return { route, params };
    isKnownPath = true;
  }
  return isKnownPath ? 'other-method' : 'none';
}

function paramsOf(pattern: string, path: string): readonly string[] | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part === ':id' && value !== '') params.push(value);
    else if (part !== value) return undefined;
  }
  return params;
}
