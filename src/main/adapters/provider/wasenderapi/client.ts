/** Everything that asks WASenderApi something. One request each (two where the vendor's documents disagree), never repeated. */
import { fail, ok, type Result } from '../../../core/domain/failure.ts';
import type { Answer, Connection, ProviderClient } from '../../../core/ports/provider.ts';
import { createRequester, type HttpAnswer } from './http.ts';
import { readId } from './raw.ts';
import { askLog, logIn, pathOf, type SessionCalls, sessionCalls } from './sessions.ts';

export type WasenderapiClient = ProviderClient &
  SessionCalls & {
    /** Sends a failed message again under its own id; like `send`, one attempt. */
    resend(providerId: string): Promise<Result<Answer>>;
  };

export type ClientOptions = { readonly name: string; readonly defaultBaseUrl: string; readonly deadlineMs?: number };

export function createClient(connection: Connection, options: ClientOptions): WasenderapiClient {
  const { name } = options;
  const requester = createRequester(connection, options);
  const sessions = sessionCalls(requester, name);

  /** What may have gone out is never sent again: the owner decides. */
  async function sendOnce(path: string, body: Readonly<Record<string, unknown>>): Promise<Result<Answer>> {
    const outcome = await requester.ask({ method: 'POST', path, token: 'session', thing: 'this message', body });
    if (outcome.ok) return ok(keep(outcome.value, 'send-answer'));
    if (!outcome.mayHaveArrived) return { ok: false, error: outcome.error };
    return fail(
      'ambiguous_send',
      `${name} gave no clear answer, so the message may or may not have been sent. Look in WhatsApp before you send it again.`,
      {
        ...(outcome.error.detail === undefined ? {} : { detail: outcome.error.detail }),
      },
    );
  }

  return {
    ...sessions,
    async check() {
      if (present(connection.secrets.personalAccessToken)) return mapOk(await sessions.listSessions(), (found) => ({ sessions: found }));
      return mapOk(await sessions.sessionState(), () => ({ sessions: undefined }));
    },
    send: (input) => sendOnce('/send-message', { to: input.recipient, text: input.text }),
    async resend(providerId) {
      const id = messageId(providerId);
      return id === undefined ? notAnId() : sendOnce(`/messages/${id}/resend`, {});
    },
    async askMessage(providerId) {
      const id = messageId(providerId);
      if (id === undefined) return notAnId();
      const outcome = await requester.ask({ method: 'GET', path: `/messages/${id}/info`, token: 'session', thing: 'this message' });
      return outcome.ok ? ok(keep(outcome.value, 'message-info')) : { ok: false, error: outcome.error };
    },
    async messageLog(id, page) {
      const path = pathOf(id);
      if (path === undefined || !Number.isSafeInteger(page) || page < 1) return fail('bad_input', 'That is not a page of the log of a session.');
      const outcome = await askLog(requester, path, 'message-logs', page);
      if (!outcome.ok) return { ok: false, error: outcome.error };
      const log = logIn(outcome.value.json);
      const ids = log?.rows.map((row) => readId(row.id)).filter((found) => found !== undefined) ?? [];
      return ok({ ...keep(outcome.value, 'message-log'), page: log?.page ?? page, more: log?.more ?? false, ids });
    },
    close: () => requester.close(),
  };
}

function keep(answer: HttpAnswer, shape: Answer['shape']): Answer {
  return { status: answer.status, body: answer.body, shape, at: answer.at };
}

function present(secret: string | undefined): boolean {
  return secret !== undefined && secret !== '';
}

function mapOk<A, B>(result: Result<A>, map: (value: A) => B): Result<B> {
  return result.ok ? ok(map(result.value)) : result;
}

/** The vendor's own ids are whole numbers. */
function messageId(text: string): string | undefined {
  return /^\d{1,19}$/.test(text) ? text : undefined;
}

function notAnId(): Result<never> {
  return fail('bad_input', 'Messages can only be asked about by the number that the provider gave them.', { detail: 'providerId' });
}
