/** Tells the provider our webhook address, remembering whose was there before, and puts that one back. */
import { fail, type Result } from '../domain/failure.ts';
import type { AccountId } from '../domain/ids.ts';
import type { WebhookControl } from '../ingest/intake.ts';
import type { Provider, ProviderClient, WebhookRegistration } from '../ports/provider.ts';
import type { AccountStore } from '../ports/store.ts';
import type { SecretBook } from './secrets.ts';

export function createWebhookControl(deps: {
  account: AccountId;
  accounts: AccountStore;
  secrets: SecretBook;
  provider: Provider;
  client: () => ProviderClient;
}): WebhookControl {
  const record = () => deps.accounts.get(deps.account);

  /** The session whose address we may change; a failure tells the owner to set it by hand. */
  function target(): Result<string> {
    const id = record()?.settings.sessionId;
    if (deps.secrets.of(deps.account).personalAccessToken === undefined) {
      const trouble = deps.secrets.trouble(deps.account);
      if (trouble !== undefined) return fail('vault_unavailable', trouble.words);
      return fail(
        'unsupported',
        `With a session key alone the address cannot be set from here. Enter it at ${deps.provider.info.name} by hand, or add a personal access token.`,
      );
    }
    return id === undefined ? fail('unsupported', 'No session is chosen yet, so there is no webhook address to set.') : { ok: true, value: id };
  }

  return {
    async register(publicUrl) {
      const account = record();
      const session = target();
      if (!session.ok) return session;
      if (account === undefined) return fail('not_found', 'The account was removed.');
      const client = deps.client();
      const now = await client.readSession(session.value);
      if (!now.ok) return now;
      const path = pathOf(account.webhookToken);
      const before = now.value.webhook;
      if (before !== undefined && !isOurs(before, path)) deps.accounts.update(deps.account, { previousWebhook: JSON.stringify(before) });
      const set = await client.setWebhook(session.value, { url: publicUrl + path, enabled: true, events: deps.provider.webhookEvents });
      if (!set.ok) return set;
      await deps.secrets.put(deps.account, { ...now.value.secrets, ...set.value.secrets });
      if (deps.secrets.of(deps.account).webhookSecret === undefined) {
        return fail(
          'secret_missing',
          `${deps.provider.info.name} gave no webhook secret, so nothing it sends could be proven. Create one in its settings.`,
        );
      }
      return { ok: true, value: undefined };
    },
    async unregister() {
      const account = record();
      const session = target();
      if (!session.ok || account === undefined) return { ok: true, value: undefined };
      const client = deps.client();
      const now = await client.readSession(session.value);
      if (!now.ok) return now;
      // Somebody else's address is there now; it is not ours to touch.
      if (now.value.webhook === undefined || !isOurs(now.value.webhook, pathOf(account.webhookToken))) return { ok: true, value: undefined };
      const previous = account.previousWebhook === null ? undefined : (JSON.parse(account.previousWebhook) as WebhookRegistration);
      const set = await client.setWebhook(session.value, previous ?? { url: undefined, enabled: false, events: deps.provider.webhookEvents });
      return set.ok ? { ok: true, value: undefined } : set;
    },
  };
}

/** The path that the tunnel exposes for an account. */
export function pathOf(webhookToken: string): string {
  return `/w/${webhookToken}`;
}

function isOurs(webhook: WebhookRegistration, path: string): boolean {
  return webhook.url?.endsWith(path) ?? false;
}
