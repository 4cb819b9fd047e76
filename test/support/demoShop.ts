/** A demo shop for tests, and a small client for its API. */
import { createDemoShop, type DemoShop, type DemoShopOptions } from '../../src/main/demo/index.ts';
import { EVENT_NAMES } from '../../src/main/demo/payloads.ts';

export const silentLog = { info() {}, warn() {}, error() {} };

export type ApiReply = { readonly status: number; readonly headers: Headers; readonly body: unknown };

export type TestShop = {
  readonly shop: DemoShop;
  readonly url: string;
  readonly personalAccessToken: string;
  /** With the personal access token for the account's paths, the session's key for the rest; `token` overrules. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<ApiReply>;
  /** Registers `url` for every event there is. */
  subscribe(url: string): Promise<void>;
};

/** Started; the caller stops `shop`. */
export async function startTestShop(options: Omit<DemoShopOptions, 'log'>): Promise<TestShop> {
  const shop = createDemoShop({ log: silentLog, ...options });
  const { url, personalAccessToken } = await shop.start();

  async function call(method: string, path: string, body?: unknown, token?: string): Promise<ApiReply> {
    const isAccountPath = path.startsWith('/whatsapp-sessions') || path === '/auth-check';
    const bearer = token ?? (isAccountPath ? personalAccessToken : shop.session().apiKey);
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  async function subscribe(target: string): Promise<void> {
    const registration = { webhook_url: target, webhook_enabled: true, webhook_events: EVENT_NAMES };
    const reply = await call('PUT', `/whatsapp-sessions/${shop.session().id}`, registration);
    if (reply.status !== 200) throw new Error(`not subscribed: ${reply.status}`);
  }

  return { shop, url, personalAccessToken, call, subscribe };
}

/** A `fetch` that keeps what is posted and answers 200. */
export function recordingFetch() {
  const posts: { readonly url: string; readonly signature: string | null; readonly body: Record<string, unknown> }[] = [];
  const fetchIt: typeof fetch = async (input, init) => {
    const body: Record<string, unknown> = JSON.parse(String(init?.body));
    posts.push({ url: String(input), signature: new Headers(init?.headers).get('x-webhook-signature'), body });
    return new Response('ok');
  };
  return { posts, fetch: fetchIt };
}
