/** What an owner types to connect: checked, trimmed and under one name each. */
import { fail, ok, type Result } from '../../../core/domain/failure.ts';
import { refuseTypedAddress } from '../../../core/domain/typedAddress.ts';
import type { ProviderField, Secrets } from '../../../core/ports/provider.ts';

export const fields: readonly ProviderField[] = [
  {
    name: 'personalAccessToken',
    label: 'Personal access token',
    help: 'From your WASenderApi account, under Settings → Personal access token. With it Tickline finds your sessions, shows the QR code and sets up receipts by itself.',
    secret: true,
    required: false,
    aliases: ['pat', 'token', 'accessToken', 'personal_access_token'],
  },
  {
    name: 'apiKey',
    label: 'Session API key',
    help: 'The key of one session, shown on the page of that session. Not needed with a personal access token.',
    secret: true,
    required: false,
    aliases: ['api_key', 'key', 'sessionKey', 'session_key', 'sessionApiKey', 'session_api_key'],
  },
  {
    name: 'webhookSecret',
    label: 'Webhook secret',
    help: 'Shown on the page of the session once webhooks are switched on. With a personal access token Tickline reads it by itself.',
    secret: true,
    required: false,
    aliases: ['webhook_secret'],
  },
  {
    name: 'sessionId',
    label: 'Session number',
    help: 'The number of the session to watch. Can be chosen later from a list.',
    secret: false,
    required: false,
    aliases: ['session_id', 'session'],
  },
  {
    name: 'baseUrl',
    label: 'Address of the service',
    help: 'Leave it as it is unless WASenderApi told you another one.',
    secret: false,
    required: false,
    aliases: ['base_url', 'url'],
  },
];

type Named = Readonly<Record<string, string | undefined>>;

/**
 * Settings and secrets under their own names; aliases in any case, with or without `_`, are accepted. Fails
 * with `bad_input`: an unknown name, a value that cannot be right, or no credential at all. Of a field given
 * under two names the later value holds, so that new values can be laid over stored ones. No failure repeats a value, since people paste keys into the wrong box.
 */
export function checkFields(
  settings: Named,
  secrets: Named,
  defaultBaseUrl: string,
): Result<{ settings: Readonly<Record<string, string>>; secrets: Secrets }> {
  const plain = underOwnNames(settings, false);
  if (!plain.ok) return plain;
  const hidden = underOwnNames(secrets, true);
  if (!hidden.ok) return hidden;
  const baseUrl = readBaseUrl(plain.value.baseUrl ?? defaultBaseUrl);
  if (!baseUrl.ok) return baseUrl;
  const { sessionId } = plain.value;
  if (sessionId !== undefined && !SESSION_ID.test(sessionId)) {
    return fail(
      'bad_input',
      'The session number is the short number in the list of sessions, not a key. Leave it empty and choose the session later.',
      {
        detail: 'settings.sessionId',
      },
    );
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(hidden.value)) {
    const secret = value.replace(/^bearer\s+/i, '');
    if (!fitsAHeader(secret)) {
      return fail('bad_input', `The ${labelOf(name)} holds spaces or characters that a key never has. Copy it once more.`, {
        detail: `secrets.${name}`,
      });
    }
    checked[name] = secret;
  }
  if (Object.keys(checked).length === 0) {
    return fail('bad_input', 'Enter a personal access token, or the API key of one session.', { detail: 'secrets' });
  }
  return ok({ settings: { baseUrl: baseUrl.value, ...(sessionId === undefined ? {} : { sessionId }) }, secrets: checked });
}

const SESSION_ID = /^[A-Za-z0-9_-]{1,40}$/;
/** Names fit to be repeated: whoever pastes a key as a name must not read it in a message. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z_]{0,29}$/;

/** Whether a key can travel in a header: printable, without spaces. Anything else makes `fetch` throw, with the key in its words. */
export function fitsAHeader(secret: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(secret);
}

function underOwnNames(given: Named, secret: boolean): Result<Readonly<Record<string, string>>> {
  const found = new Map<string, string>();
  for (const [written, raw] of Object.entries(given)) {
    const field = fieldNamed(written);
    const group = secret ? 'secrets' : 'settings';
    if (field === undefined) {
      const name = PLAIN_NAME.test(written) ? `“${written}”` : 'one of those given';
      return fail('bad_input', `There is no field called ${name} here.`, { detail: group });
    }
    if (field.secret !== secret) {
      const place = field.secret ? 'a secret and belongs among the secrets' : 'no secret and belongs among the settings';
      return fail('bad_input', `The ${labelOf(field.name)} is ${place}.`, { detail: `${group}.${field.name}` });
    }
    const value = raw?.trim() ?? '';
    if (value === '') continue;
    found.set(field.name, value);
  }
  return ok(Object.fromEntries(found));
}

const FIELDS_BY_NAME: ReadonlyMap<string, ProviderField> = new Map(
  fields.flatMap((field) => [field.name, ...field.aliases].map((name) => [plainName(name), field] as const)),
);

function fieldNamed(name: string): ProviderField | undefined {
  return FIELDS_BY_NAME.get(plainName(name));
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

function labelOf(name: string): string {
  const label = fieldNamed(name)?.label ?? name;
  return label.charAt(0).toLowerCase() + label.slice(1);
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * One form of the base address: no trailing slash, ending in `/api`. Plain `http` only on this machine, so
 * that a key never crosses a network unencrypted; no user name or password in it, because those would be
 * shown and logged.
 */
export function readBaseUrl(text: string): Result<string> {
  const refuse = (words: string) => fail('bad_input', words, { detail: 'settings.baseUrl' });
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined) return refuse('The address of the service is no web address. It looks like https://www.wasenderapi.com/api');
  if (url.username !== '' || url.password !== '') return refuse('Leave user name and password out of the address of the service.');
  const wrong = refuseTypedAddress(whole);
  if (wrong !== undefined) return refuse(`The address of the service cannot be right. ${wrong}`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    return refuse('The address of the service must begin with https, so that your key travels encrypted.');
  }
  if (url.search !== '' || url.hash !== '') return refuse('The address of the service must not hold a question mark or a hash sign.');
  const path = url.pathname.replace(/\/+$/, '');
  return ok(`${url.origin}${/\/api$/i.test(path) ? path : `${path}/api`}`);
}
