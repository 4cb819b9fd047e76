import type { App } from './app.ts';

export const SECRET = 'a-secret-of-the-webhook-0123456789';
/** A session key as the vendor prints them: 64 hex digits. */
export const KEY = `${'c0ffee'.repeat(10)}beef`;

/** An account at WASenderApi whose webhooks come in on this machine only; nothing is asked of the network. */
export async function addAccount(
  app: App,
  more: { readonly secrets?: Readonly<Record<string, string>>; readonly settings?: Readonly<Record<string, string>> } = {},
) {
  const { accountId, webhookPath } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    settings: { ...more.settings },
    secrets: { webhookSecret: SECRET, ...more.secrets },
    tunnel: { kind: 'local' },
  });
  /** Posts one webhook that proves itself; resolves to the HTTP status. */
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}) =>
    app.post(webhookPath, body, { 'x-webhook-signature': SECRET, ...headers });
  return { account: accountId, webhookPath, post };
}
