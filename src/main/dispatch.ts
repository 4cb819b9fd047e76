import type { z } from 'zod';
import type { Answer } from '../shared/contract/errors.ts';
import { type RequestName, requestNames } from '../shared/contract/names.ts';
import { type Handlers, type Parsed, requests } from '../shared/contract/requests.ts';
import { describeBadInput } from './badInput.ts';
import { FailureError, fail, ok } from './core/domain/failure.ts';
import type { Log } from './core/ports/log.ts';

/** Answers one request by name. Never throws and never rejects: whatever happens becomes a value. */
export type Dispatch = (name: string, input: unknown) => Promise<Answer<unknown>>;

/** Each side answers its own part: the engine everything but `shell.*`, the desktop shell nothing else. */
export type SomeHandlers = Partial<Handlers>;

/**
 * The one way from a bridge to a handler: known name, input parsed, run. Both bridges use it.
 * Answers `unknown_request`, `bad_input` (its detail names the path), `unsupported` (a request that this
 * way of running has no handler for), the failure that a handler raised, or `our_fault` for a bug, which is logged.
 */
export function createDispatch(options: { readonly handlers: SomeHandlers; readonly log: Log }): Dispatch {
  const { handlers, log } = options;
  return async (name, input) => {
    if (!isRequestName(name)) return fail('unknown_request', 'There is no such request.', { detail: shortened(name) });
    try {
      return await run(handlers, name, input);
    } catch (cause) {
      if (cause instanceof FailureError) return { ok: false, error: cause.failure };
      log.error('request.broke', { request: name, cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
      return fail('our_fault', 'Something went wrong inside Tickline. It has been written to the log.', { detail: name });
    }
  };
}

/** Whether `name` is a request of the contract. */
export function isRequestName(name: string): name is RequestName {
  return (requestNames as readonly string[]).includes(name);
}

async function run<N extends RequestName>(handlers: SomeHandlers, name: N, input: unknown): Promise<Answer<unknown>> {
  const handler: Partial<Handlers>[N] = handlers[name];
  if (handler === undefined) return fail('unsupported', 'This can only be done in the desktop app.', { detail: name });
  const schema: z.ZodType = requests[name].input;
  // nothing at all and an empty object are the same wish; so defaults are always filled in
  const given = input ?? {};
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    return fail('bad_input', 'Tickline did not understand what it was asked.', { detail: describeBadInput(schema, parsed.error.issues, given) });
  }
  // the table pairs each name with its schema, which the compiler cannot follow through a variable name
  return ok(await handler(parsed.data as Parsed<N>));
}

function shortened(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : 'not a request name';
}
