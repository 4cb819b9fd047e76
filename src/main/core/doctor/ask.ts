/**
 * Asks one account's provider and its own public address. At most three requests leave: the session's details
 * (personal access token), its state (session key), and the self-check, which is ours and free. Never rejects.
 */
import type { Account } from '../connect/account.ts';
import { fail, type Result } from '../domain/failure.ts';
import type { Probes } from '../ingest/probe.ts';
import type { Clock } from '../ports/clock.ts';
import type { Secrets, SessionWithSecrets } from '../ports/provider.ts';
import type { AskedFacts, SessionDetails } from './facts.ts';

/** The provider's client gives up after 15 s by itself; nothing here may take longer. */
const QUESTION_MS = 16_000;
const PROBE_MS = 10_000;

export type AskDeps = {
  readonly clock: Clock;
  readonly probe: Probes['probe'];
  readonly secrets: Secrets;
  readonly sessionId: string | undefined;
  /** The public address, where one is known. */
  readonly url: string | undefined;
};

export async function askAccount(account: Account, deps: AskDeps): Promise<AskedFacts> {
  const { clock, secrets, sessionId, url } = deps;
  let waitMs: number | undefined;
  const spend = async <T>(question: () => Promise<Result<T>>): Promise<Result<T> | undefined> => {
    const grant = account.poller.take('interactive');
    if (!grant.ok) {
      waitMs = Math.max(waitMs ?? 0, grant.waitMs);
      return undefined;
    }
    return within(clock, QUESTION_MS, question, account.provider.info.name);
  };
  const byToken = sessionId !== undefined && secrets.personalAccessToken !== undefined;
  const [session, byKey, probe] = await Promise.all([
    byToken ? spend(() => account.client().readSession(sessionId)) : undefined,
    secrets.apiKey === undefined ? undefined : spend(() => account.client().sessionState()),
    url === undefined ? undefined : deps.probe(url, { timeoutMs: PROBE_MS }).then((result) => ({ url, result })),
  ]);
  const details: Result<SessionDetails> | undefined = session?.ok ? { ok: true, value: detailsOf(session.value, secrets) } : session;
  const at = clock.now();
  // Everybody else should know it too.
  const state = details?.ok ? details.value.state : byKey?.ok ? byKey.value : undefined;
  if (state !== undefined && state !== account.session.view().state) account.session.told(state, at);
  return { at, waitMs, details, byKey, probe };
}

function detailsOf(session: SessionWithSecrets, secrets: Secrets): SessionDetails {
  const { apiKey, webhookSecret } = session.secrets;
  return {
    state: session.state,
    webhook: session.webhook,
    keepsLog: session.keepsLog,
    readsIncoming: session.readsIncoming,
    keyMatches: sameOrUnknown(apiKey, secrets.apiKey),
    secretMatches: sameOrUnknown(webhookSecret, secrets.webhookSecret),
  };
}

function sameOrUnknown(theirs: string | undefined, ours: string | undefined): boolean | undefined {
  return theirs === undefined || ours === undefined ? undefined : theirs === ours;
}

/** A question that never ends, or throws because of a bug, is a failure like any other. */
function within<T>(clock: Clock, ms: number, question: () => Promise<Result<T>>, provider: string): Promise<Result<T>> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () =>
      resolve(
        fail('provider_unreachable', `${provider} did not answer within ${Math.round(ms / 1000)} seconds.`, { retry: true, detail: 'timeout' }),
      ),
    );
    question()
      .catch((cause: unknown) =>
        fail('our_fault', 'This question failed because of a fault of ours.', { detail: cause instanceof Error ? cause.name : 'unknown' }),
      )
      .then((result) => {
        cancel();
        resolve(result);
      });
  });
}
