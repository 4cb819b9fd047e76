/** WASenderApi: a hosted gateway to a linked WhatsApp device. The demo shop speaks the same language under its own key. */
import type { Provider, ProviderInfo } from '../../../core/ports/provider.ts';
import { createClient } from './client.ts';
import { checkFields } from './fields.ts';
import { DEFAULT_BASE_URL, demoInfo, demoWebhookEvents, info, webhookEvents } from './info.ts';
import { masking } from './masking.ts';
import { normalise } from './normalise.ts';
import { prove } from './verify.ts';

export type WasenderapiOptions = Partial<Pick<ProviderInfo, 'key' | 'name' | 'summary' | 'limits' | 'cautions'>> & {
  readonly defaultBaseUrl?: string;
};

/** Under the key `demo` the words are the demo shop's, and the address must come with the settings. */
export function wasenderapi(options: WasenderapiOptions = {}): Provider {
  const isDemo = options.key === 'demo';
  const { defaultBaseUrl = isDemo ? '' : DEFAULT_BASE_URL, ...words } = options;
  const introduced = { ...info, ...(isDemo ? demoInfo : {}), ...words };
  return {
    info: introduced,
    masking,
    webhookEvents: isDemo ? demoWebhookEvents : webhookEvents,
    prepare: (settings, secrets) => checkFields(settings, secrets, defaultBaseUrl),
    prove,
    provesByHeaders: true,
    normalise,
    open: (connection) => createClient(connection, { name: introduced.name, defaultBaseUrl }),
  };
}
