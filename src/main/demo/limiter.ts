/** The provider's request limits: so many a minute for each kind of call and each token, in fixed windows. */
import type { Clock } from '../core/ports/clock.ts';

export type LimitKind = 'info' | 'send' | 'groups' | 'account';
export type Limits = Readonly<Record<LimitKind, number>>;
/** 256 sends and 10 group calls are published (providers' documents); for the rest no figure is. */
export const DEMO_LIMITS: Limits = { info: 60, send: 256, groups: 10, account: 120 };

const WINDOW_MS = 60_000;

export type Allowance = { readonly allowed: boolean; readonly limit: number; readonly remaining: number; readonly resetAt: number };

export interface Limiter {
  /** Takes one call from the allowance of `token`; `limit` is the limit in force right now. */
  take(kind: LimitKind, token: string, limit: number): Allowance;
}

export function createLimiter(clock: Clock): Limiter {
  const windows = new Map<string, { start: number; used: number }>();
  return {
    take(kind, token, limit) {
      const now = clock.now();
      const key = `${kind}|${token}`;
      let window = windows.get(key);
      if (window === undefined || now >= window.start + WINDOW_MS || now < window.start) {
        window = { start: now, used: 0 };
        windows.set(key, window);
      }
      const allowed = window.used < limit;
      if (allowed) window.used++;
      return { allowed, limit, remaining: Math.max(0, limit - window.used), resetAt: window.start + WINDOW_MS };
    },
  };
}
