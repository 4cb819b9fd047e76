/** The closed list of expected failures. They are values: a bug is thrown, a failure is returned. */
export type FailureCode =
  | 'unknown_request'
  | 'bad_input'
  | 'unauthorized'
  | 'not_found'
  | 'conflict'
  | 'unsupported'
  | 'provider_unreachable'
  | 'provider_refused'
  | 'rate_limited'
  | 'ambiguous_send'
  | 'secret_missing'
  | 'vault_unavailable'
  | 'storage_unavailable'
  | 'busy'
  | 'shutting_down'
  | 'our_fault';

export type Failure = {
  readonly code: FailureCode;
  /** One plain sentence for the owner: what it is and what to do. Masked before it leaves the engine. */
  readonly message: string;
  /** Facts for the engineer, e.g. the path of a bad input or an HTTP status. Never a secret. */
  readonly detail?: string;
  /** Whether asking the same thing again later can help; `afterMs` when we know how much later. */
  readonly retry: boolean;
  readonly afterMs?: number;
};

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(code: FailureCode, message: string, more: Partial<Omit<Failure, 'code' | 'message'>> = {}): { ok: false; error: Failure } {
  return { ok: false, error: { code, message, retry: false, ...more } };
}

/** For the rare place where a failure must cross a stack of callers: carries the value, keeps the stack. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** Throws the failure; reads well in handlers: `raise('not_found', 'There is no such account.')`. */
export function raise(code: FailureCode, message: string, more: Partial<Omit<Failure, 'code' | 'message'>> = {}): never {
  throw new FailureError(fail(code, message, more).error);
}

/** A switch that forgot a case does not compile, and says so if it is ever reached. */
export function missingCase(value: never): never {
  throw new Error(`missing case: ${JSON.stringify(value)}`);
}
