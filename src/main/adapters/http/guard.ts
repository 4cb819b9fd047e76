import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may ask the browser way's bridge: our own address, our own page, and whoever holds the token. */
export type Guard = { readonly isToken: (text: string) => boolean; readonly hosts: readonly string[]; readonly origins: readonly string[] };

export function createGuard(port: number, token: string): Guard {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return { isToken: tokenCheck(token), hosts, origins: hosts.map((host) => `http://${host}`) };
}

/** A foreign `Host` means that somebody's own domain was pointed at 127.0.0.1 (DNS rebinding). */
export function hostIsOurs(request: IncomingMessage, guard: Guard): boolean {
  return guard.hosts.includes((request.headers.host ?? '').toLowerCase());
}

/** Scripts send no Origin; a page always does, and it must be ours. */
export function originIsOurs(request: IncomingMessage, guard: Guard): boolean {
  const { origin } = request.headers;
  return origin === undefined || guard.origins.includes(origin.toLowerCase());
}

/** What the content policy lets the page connect to. */
export function connectSources(guard: Guard): string {
  return ["'self'", ...guard.hosts.map((host) => `ws://${host}`)].join(' ');
}

/** Compares digests, so neither the length nor the first wrong letter shows in the time taken. */
function tokenCheck(token: string): (text: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (text) => timingSafeEqual(digest(text), expected);
}
