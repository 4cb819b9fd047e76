import { FailureError, fail } from './core/domain/failure.ts';

/**
 * What a server said when it could not have its port, in words that name the flag which helps; any other
 * cause comes back as it is.
 */
export function explainPort(cause: unknown, what: string, port: number, flag: string): unknown {
  if (!(cause instanceof Error && 'code' in cause)) return cause;
  const help = `Choose another one with ${flag} N, or let Tickline choose with ${flag} 0.`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return new FailureError(fail('busy', `Port ${port}, meant for ${what}, is already in use, perhaps by another Tickline. ${help}`).error);
    case 'EACCES':
      return new FailureError(fail('busy', `Port ${port}, meant for ${what}, may not be used by this user account. ${help}`).error);
    default:
      return cause;
  }
}
