/** One request to the provider: with a deadline, a size limit and no redirects; the outcome is always a value. */
import { type Failure, fail } from '../../../core/domain/failure.ts';
import type { Millis } from '../../../core/domain/ids.ts';
import type { Connection } from '../../../core/ports/provider.ts';
import { decodeJson } from './decode.ts';
import { networkTrouble, notOurProvider, refusal } from './failures.ts';
import { fitsAHeader, readBaseUrl } from './fields.ts';
import { readLimits } from './limits.ts';
import { isRecord, type RawRecord } from './raw.ts';

export type Question = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base address, beginning with a slash. */
  readonly path: string;
  /** `account`: the personal access token; `session`: the key of one session. */
  readonly token: 'account' | 'session';
  readonly body?: RawRecord;
  /** What is asked about, for "does not know …". */
  readonly thing?: string;
};

/** A 2xx answer. `json` is its object; empty for 204. */
export type HttpAnswer = { readonly status: number; readonly body: Uint8Array; readonly json: RawRecord; readonly at: Millis };

/** `mayHaveArrived`: the provider may have done what was asked although we have no good answer. */
export type Outcome =
  | { readonly ok: true; readonly value: HttpAnswer }
  | { readonly ok: false; readonly error: Failure; readonly status: number | undefined; readonly mayHaveArrived: boolean };

export type Requester = { ask(question: Question): Promise<Outcome>; close(): void };

const ANSWER_AT_MOST = 1024 * 1024;
export const DEADLINE_MS = 15_000;

export function createRequester(
  connection: Connection,
  options: { readonly name: string; readonly defaultBaseUrl: string; readonly deadlineMs?: number },
): Requester {
  const { name, deadlineMs = DEADLINE_MS } = options;
  const { fetch, now, secrets } = connection;
  const base = readBaseUrl(connection.settings.baseUrl ?? options.defaultBaseUrl);
  const known = Object.values(secrets).flatMap((secret) => (secret === undefined || secret === '' ? [] : [secret]));
  const underWay = new Set<AbortController>();
  let closed = false;

  async function ask(question: Question): Promise<Outcome> {
    const token = question.token === 'account' ? secrets.personalAccessToken : secrets.apiKey;
    if (closed) return neverAsked(gaveUp(name));
    if (!base.ok) return neverAsked(base.error);
    if (token === undefined || token === '') return neverAsked(tokenMissing(question.token, name));
    if (!fitsAHeader(token)) return neverAsked(tokenUnfit(question.token));
    const stop = new AbortController();
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      stop.abort();
    }, deadlineMs);
    underWay.add(stop);
    try {
      return await exchange(`${base.value}${question.path}`, question, token, stop.signal);
    } catch (error) {
      if (late) return lost(tooSlow(name, deadlineMs), true);
      if (stop.signal.aborted) return lost(gaveUp(name), true);
      const trouble = networkTrouble(error, name);
      return lost(trouble.failure, trouble.mayHaveArrived);
    } finally {
      clearTimeout(deadline);
      underWay.delete(stop);
    }
  }

  async function exchange(url: string, question: Question, token: string, signal: AbortSignal): Promise<Outcome> {
    const response = await fetch(url, {
      method: question.method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'user-agent': 'Tickline',
        ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
      redirect: 'manual',
      signal,
    });
    const headersAt = now();
    const { status } = response;
    const body = await readBody(response);
    const decoded = body === undefined || body.length === 0 ? undefined : decodeJson(body);
    const json = decoded?.ok && isRecord(decoded.value) ? decoded.value : undefined;
    const limits = readLimits(response.headers, headersAt, status, status === 429 ? retryAfterIn(json) : undefined);
    connection.onLimits(limits);
    if (status >= 200 && status < 300) return understand(status, body, json, now());
    const error = refusal({ status, json, limits, thing: question.thing ?? 'what was asked for' }, name, known);
    return { ok: false, error, status, mayHaveArrived: status === 408 || status >= 500 };
  }

  function understand(status: number, body: Uint8Array | undefined, json: RawRecord | undefined, at: Millis): Outcome {
    if (body?.length === 0 && (status === 204 || status === 205)) return { ok: true, value: { status, body, json: {}, at } };
    if (body === undefined) return lostAnswer(status, 'the answer is larger than 1 MB');
    if (json === undefined) return lostAnswer(status, 'the answer is no JSON object');
    // Some failures come with a 200; their words are all there is to tell them by.
    if (json.success === false) {
      const error = refusal({ status, json, limits: { at }, thing: 'what was asked for' }, name, known);
      return { ok: false, error, status, mayHaveArrived: false };
    }
    return { ok: true, value: { status, body, json, at } };
  }

  function lostAnswer(status: number, why: string): Outcome {
    return { ok: false, error: notOurProvider(name, `HTTP ${status}: ${why}`), status, mayHaveArrived: true };
  }

  return {
    ask,
    close() {
      closed = true;
      for (const stop of underWay) stop.abort();
    },
  };
}

/** The whole body; `undefined` when it is larger than we take. */
async function readBody(response: Response): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > ANSWER_AT_MOST) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks);
}

function retryAfterIn(json: RawRecord | undefined): number | undefined {
  const value = typeof json?.retry_after === 'string' ? Number(json.retry_after) : json?.retry_after;
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function neverAsked(error: Failure): Outcome {
  return { ok: false, error, status: undefined, mayHaveArrived: false };
}

function lost(error: Failure, mayHaveArrived: boolean): Outcome {
  return { ok: false, error, status: undefined, mayHaveArrived };
}

function tokenMissing(token: Question['token'], name: string): Failure {
  return token === 'account'
    ? fail('secret_missing', `This needs your personal access token from ${name}. Add it in the settings of this account.`, {
        detail: 'personalAccessToken',
      }).error
    : fail('secret_missing', `This needs the API key of a session. Choose a session, or add its key in the settings of this account.`, {
        detail: 'apiKey',
      }).error;
}

function tokenUnfit(token: Question['token']): Failure {
  const which = token === 'account' ? 'personal access token' : 'session API key';
  return fail('unauthorized', `The ${which} holds spaces or characters that a key never has. Copy it once more and save it here.`).error;
}

function gaveUp(name: string): Failure {
  return fail('shutting_down', `The connection to ${name} was closed, so the question was given up.`).error;
}

function tooSlow(name: string, deadlineMs: number): Failure {
  return fail('provider_unreachable', `${name} did not answer within ${Math.round(deadlineMs / 1000)} seconds. Try again in a moment.`, {
    retry: true,
    detail: 'timeout',
  }).error;
}
