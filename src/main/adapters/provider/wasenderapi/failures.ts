/** Everything that can go wrong between us and the provider, in words for the owner. */
import type { Failure } from '../../../core/domain/failure.ts';
import { fail } from '../../../core/domain/failure.ts';
import { maskNumbers, maskSecrets } from '../../../core/domain/mask.ts';
import { REFUSED_ADDRESS } from '../../../core/domain/networkAddress.ts';
import type { LearnedLimits } from '../../../core/ports/provider.ts';
import { isRecord, readReason } from './raw.ts';

/** An answer that is no success. */
export type Refused = {
  readonly status: number;
  /** The parsed body; `undefined` when it was no JSON. */
  readonly json: unknown;
  readonly limits: LearnedLimits;
  /** What was asked about, e.g. "this message"; for a 404. */
  readonly thing: string;
};

const NO_SUBSCRIPTION = /subscri|trial|payment required|upgrade your plan/i;
const NOT_CONNECTED = /not (?:yet )?(?:connected|linked|ready)|isn'?t connected|disconnected|need[ _]scan|logged[ _]out/i;

/**
 * The failure for an answer. `name` is the provider's; `secrets` are taken out of whatever it wrote, since
 * some servers repeat the request in their errors.
 */
export function refusal(answer: Refused, name: string, secrets: readonly string[]): Failure {
  const { status, limits } = answer;
  const words = wordsOf(answer.json, secrets);
  const detail = words === undefined ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  const make = (code: Failure['code'], message: string, more: { retry?: boolean; afterMs?: number } = {}) =>
    fail(code, message, { detail, ...more }).error;
  if (status === 429) {
    const afterMs = limits.waitUntil === undefined ? undefined : limits.waitUntil - limits.at;
    return make('rate_limited', `${name} asks us to slow down. Wait a moment, then try again.`, {
      retry: true,
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
  if (status === 402 || (status < 500 && words !== undefined && NO_SUBSCRIPTION.test(words))) {
    return make('provider_refused', `Your ${name} account has no active subscription or trial. Renew it with ${name}, then try again.`);
  }
  if (status < 500 && words !== undefined && NOT_CONNECTED.test(words)) {
    return make('provider_refused', 'The WhatsApp session is not connected. Connect it by scanning the QR code, then try again.', { retry: true });
  }
  if (status === 401 || status === 403) {
    return make('unauthorized', `${name} does not accept this key. Copy it once more from your ${name} account and save it here.`);
  }
  if (status >= 300 && status < 400) {
    return make(
      'provider_refused',
      `The address of ${name} sends us elsewhere, and Tickline does not take your key there. Check the address in the settings.`,
    );
  }
  if (status === 408 || status >= 500) {
    return make('provider_unreachable', `${name} has trouble at the moment. Try again in a few minutes.`, { retry: true });
  }
  if (status === 404) {
    if (answer.json === undefined) return notOurProvider(name, detail);
    return make('not_found', `${name} does not know ${answer.thing}.`);
  }
  return make('provider_refused', words === undefined ? `${name} refused this.` : `${name} refused this: ${words}`);
}

/** Something answered, but not in the provider's language. */
export function notOurProvider(name: string, detail: string): Failure {
  return fail(
    'provider_refused',
    `Something other than ${name} answers at its address. Check the address in the settings, and your internet connection.`,
    { detail },
  ).error;
}

export function wordsOf(json: unknown, secrets: readonly string[]): string | undefined {
  if (!isRecord(json)) return undefined;
  const clean = (text: string) => maskNumbers(maskSecrets(text, secrets));
  return readReason(json.message, clean) ?? readReason(json.error, clean) ?? readReason(json.reason, clean);
}

/** The request certainly never left this machine, or nobody was there to take it. */
const NEVER_ARRIVED: ReadonlySet<string> = new Set([
  REFUSED_ADDRESS,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

export type NetworkTrouble = { readonly failure: Failure; readonly mayHaveArrived: boolean };

/** Why `fetch` threw. Its own message is never used: it may repeat a header. */
export function networkTrouble(error: unknown, name: string): NetworkTrouble {
  const code = codeOf(error);
  const make = (message: string) => fail('provider_unreachable', message, { retry: true, detail: code ?? 'network' }).error;
  const mayHaveArrived = code === undefined || !NEVER_ARRIVED.has(code);
  if (code === REFUSED_ADDRESS) {
    return {
      failure: make(
        `The address of ${name} leads to a place inside a network instead of the internet, so your key was not taken there. Check the address in the settings; a server of your own is entered by its number.`,
      ),
      mayHaveArrived,
    };
  }
  if (code?.includes('CERT') || code?.includes('SIGNATURE')) {
    return {
      failure: make(
        `The connection to ${name} is not safe: its certificate is wrong. Check the date of this computer and whether something filters its internet traffic.`,
      ),
      mayHaveArrived,
    };
  }
  return {
    failure: make(
      mayHaveArrived
        ? `The connection to ${name} broke off. Try again in a moment.`
        : `${name} cannot be reached. Check the internet connection, then try again.`,
    ),
    mayHaveArrived,
  };
}

function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; depth < 4 && typeof at === 'object' && at !== null; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if ('cause' in at && at.cause !== undefined) at = at.cause;
    else if ('errors' in at && Array.isArray(at.errors)) at = at.errors[0];
    else return undefined;
  }
  return undefined;
}
