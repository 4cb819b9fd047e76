/**
 * One WhatsApp provider. `prove` and `normalise` are pure, so a stored entry can be understood again at
 * any time; everything that talks to the network sits behind `open`.
 */
import type { Result } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import type { MaskingRules } from '../domain/mask.ts';
import type { MessageRef, Receipt, Source } from '../domain/receipt.ts';
import type { WebhookProof } from '../domain/trust.ts';

export interface Provider {
  readonly info: ProviderInfo;
  /** What must not be stored in clear. See domain/mask.ts. */
  readonly masking: MaskingRules;
  /** The events to ask for when a webhook is registered, in the provider's words. */
  readonly webhookEvents: readonly string[];
  /**
   * What an owner typed, checked and under our own names: aliases resolved, addresses in one form, an unknown
   * name refused. Fails with `bad_input`; a failure may name a field but never repeats a value.
   */
  prepare(
    settings: Readonly<Record<string, string>>,
    secrets: Secrets,
  ): Result<{ readonly settings: Readonly<Record<string, string>>; readonly secrets: Secrets }>;
  /** Is this request really from the provider? Over the raw bytes, in constant time, before any parsing. */
  prove(request: RawRequest, secrets: Secrets): Proof;
  /** `prove` looks at the headers alone, so that whoever cannot prove themselves need not be heard to the end. */
  readonly provesByHeaders?: boolean;
  /** The body of the answer to a subscription handshake (`GET`); `undefined` where it is not ours to answer. */
  challenge?(query: URLSearchParams, secrets: Secrets): string | undefined;
  /** Understands one stored entry. Never throws on any bytes: what breaks it becomes an oddity. */
  normalise(entry: EntryToRead): Normalised;
  /** A client bound to one account. Makes no request by itself. */
  open(connection: Connection): ProviderClient;
}

export type { MaskingRules };

export type ProviderKey = 'wasenderapi' | 'demo';

export type ProviderInfo = {
  readonly key: ProviderKey;
  readonly name: string;
  readonly summary: string;
  readonly fields: readonly ProviderField[];
  /** What proves its webhooks. One that sends a password along proves nothing of what stands in them. */
  readonly proof: WebhookProof;
  readonly can: {
    readonly qr: boolean;
    readonly webhook: boolean;
    readonly poll: boolean;
    readonly pull: boolean;
    readonly history: boolean;
    readonly send: boolean;
  };
  /** Limits in plain words. */
  readonly limits: readonly string[];
  /** What the owner must know before connecting, in plain words. */
  readonly cautions: readonly string[];
};

export type ProviderField = {
  /** camelCase, e.g. `personalAccessToken`; the provider's own spelling is accepted too, see `aliases`. */
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly aliases: readonly string[];
};

export type Secrets = Readonly<Record<string, string | undefined>>;

export type RawRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
};

/** `why` is a fixed word for counters and logs; it never contains anything from the request. */
export type Proof = { readonly ok: true } | { readonly ok: false; readonly why: 'no-signature' | 'wrong-signature' | 'no-secret' };

/** What the bytes of an entry are, so that `normalise` need not guess. */
export type Shape = 'webhook' | 'message-info' | 'message-log' | 'send-answer' | 'session' | 'track';

export type EntryToRead = {
  readonly source: Source;
  readonly shape: Shape;
  readonly body: Uint8Array;
  readonly receivedAt: Millis;
  /** For polls: when the previous answer about the same thing came, which did not say this yet. */
  readonly since?: Millis;
};

export type Normalised = {
  readonly facts: readonly Fact[];
  /** The pieces that were not understood, each with a reason for the Events screen. */
  readonly oddities: readonly Oddity[];
};

export type Fact =
  | ({ readonly kind: 'receipt'; readonly mine: boolean | undefined } & Receipt)
  /** Two ids name one message; or a message exists though nothing is said of its status. */
  | {
      readonly kind: 'message';
      readonly ref: MessageRef;
      readonly chat?: string;
      readonly at?: Millis;
      readonly text?: string;
      readonly tags?: readonly string[];
      readonly name?: string;
      readonly groupSize?: number;
    }
  /** A LID and a phone number are one person. */
  | { readonly kind: 'alias'; readonly lid: string; readonly phone: string }
  /** What the owner's phone calls a person, or WhatsApp a group. */
  | { readonly kind: 'contact'; readonly address: string; readonly name: string }
  | { readonly kind: 'session'; readonly state: SessionState }
  | { readonly kind: 'qr'; readonly text: string }
  /** Some message we cannot name failed: ask about everything that is still queued. */
  | { readonly kind: 'check-queued'; readonly reason: string };

/** `ignored`: understood and of no concern to us, or not known to us. `broken`: the bytes are not what they should be. */
export type Oddity = { readonly kind: 'ignored' | 'broken'; readonly reason: string; readonly where?: string };

export type SessionState = 'connecting' | 'connected' | 'disconnected' | 'need_scan' | 'logged_out' | 'expired' | 'error' | 'unknown';

export type Connection = {
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
  /** Injected so tests can stand at the far end of the network. */
  readonly fetch: typeof fetch;
  readonly now: () => Millis;
  /** Called with what the answer's headers say about limits, for every answer. */
  readonly onLimits: (limits: LearnedLimits) => void;
};

export type LearnedLimits = {
  readonly at: Millis;
  /** Requests per minute, from `X-RateLimit-Limit`. */
  readonly perMinute?: number;
  readonly remaining?: number;
  /** When the window starts afresh. */
  readonly resetAt?: Millis;
  /** Do not ask before this moment (429, `Retry-After`, `retry_after`). */
  readonly waitUntil?: Millis;
  /** The server's clock minus ours, from `Date`; ms. */
  readonly clockSkew?: number;
};

/** The bytes of one answer, to be kept in the inbox before they are understood. */
export type Answer = { readonly status: number; readonly body: Uint8Array; readonly shape: Shape; readonly at: Millis };
export type LogPage = Answer & { readonly page: number; readonly more: boolean; readonly ids: readonly string[] };

export type ProviderSession = {
  readonly id: string;
  readonly name: string;
  readonly phone?: string;
  readonly state: SessionState;
  readonly webhook?: WebhookRegistration;
  /** Whether the provider logs the messages of this session with their recipients; absent where it does not tell. */
  readonly keepsLog?: boolean;
  /** Whether incoming messages are marked as read by themselves. */
  readonly readsIncoming?: boolean;
};

/** A session with the credentials that its details carry; goes to the vault and nowhere else. */
export type SessionWithSecrets = ProviderSession & { readonly secrets: Secrets };

export type WebhookRegistration = { readonly url: string | undefined; readonly enabled: boolean; readonly events: readonly string[] };

/** Every call resolves to a value; expected failures are `Failure`s, never exceptions. */
export interface ProviderClient {
  /** Does the credential work, and what can be done with it? */
  check(): Promise<Result<{ readonly sessions: readonly ProviderSession[] | undefined }>>;
  listSessions(): Promise<Result<readonly ProviderSession[]>>;
  createSession(input: { readonly name: string; readonly phone: string }): Promise<Result<SessionWithSecrets>>;
  /** Details of the chosen session, with its secrets. */
  readSession(id: string): Promise<Result<SessionWithSecrets>>;
  connect(id: string): Promise<Result<{ readonly state: SessionState; readonly qr: string | undefined }>>;
  qr(id: string): Promise<Result<string>>;
  disconnect(id: string): Promise<Result<void>>;
  /** The session's state with the session key alone. */
  sessionState(): Promise<Result<SessionState>>;
  setWebhook(id: string, registration: WebhookRegistration): Promise<Result<SessionWithSecrets>>;
  /** One attempt, never more. `ambiguous_send` when it may or may not have gone out. */
  send(input: { readonly recipient: string; readonly text: string }): Promise<Result<Answer>>;
  askMessage(providerId: string): Promise<Result<Answer>>;
  messageLog(id: string, page: number): Promise<Result<LogPage>>;
  /** Gives up whatever is under way. */
  close(): void;
}
