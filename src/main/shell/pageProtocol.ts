import type { Protocol } from 'electron';
import { type Page, pageHeaders } from '../page.ts';
import { isOurPage, SCHEME } from './sender.ts';

/** Must run before the app is ready. A standard, secure scheme gives the page an origin of its own. */
export function registerScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Serves the page out of memory under a policy that lets it connect to nothing. */
export function servePage(protocol: Pick<Protocol, 'handle'>, page: Page): void {
  protocol.handle(SCHEME, (request) => answerPage(request, page));
}

export function answerPage(request: Pick<Request, 'method' | 'url'>, page: Page): Response {
  const file = request.method === 'GET' && isOurPage(request.url) ? page.file(new URL(request.url).pathname) : undefined;
  if (file === undefined) return new Response('There is nothing at this address.', { status: 404, headers: pageHeaders("'none'") });
  return new Response(file.body, { headers: { ...pageHeaders("'none'"), 'content-type': file.type } });
}
