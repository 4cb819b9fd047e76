/** What a request answers with, on either bridge. */
import type { Failure, FailureCode } from '../../main/core/domain/failure.ts';

export type RequestError = Failure;
export type RequestErrorCode = FailureCode;
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: RequestError };
