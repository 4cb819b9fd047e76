/** What the personal access token can do: everything about sessions. */
import { z } from 'zod';
import { type Answer, good, logStatus, messageLogRow, paginated, refuse, sessionListed, sessionLogRow, sessionWritten } from './answers.ts';
import type { Messages } from './messages.ts';
import { EVENT_NAMES } from './payloads.ts';
import type { Call, Route } from './routes.ts';
import type { Sessions, ShopSession } from './sessions.ts';

const phone = z.string().regex(/^\+[1-9]\d{6,14}$/);
const writable = z.object({
  name: z.string().min(1).max(100),
  phone_number: phone,
  account_protection: z.boolean(),
  log_messages: z.boolean(),
  read_incoming_messages: z.boolean(),
  // The real service wants https; on loopback there is no certificate to be had.
  webhook_url: z.url({ protocol: /^https?$/ }).nullable(),
  webhook_enabled: z.boolean(),
  webhook_events: z.array(z.enum(EVENT_NAMES)),
});
const creating = writable.partial().required({ name: true, phone_number: true });
const updating = writable.partial();

export function accountRoutes(sessions: Sessions, messages: Messages, url: () => string): readonly Route[] {
  const root = '/whatsapp-sessions';

  function route(method: Route['method'], path: string, answer: (call: Call) => Answer): Route {
    return { method, path, token: 'account', limit: 'account', answer };
  }

  function about(method: Route['method'], path: string, answer: (session: ShopSession, call: Call) => Answer): Route {
    return route(method, `${root}/:id${path}`, (call) => {
      const session = sessions.find(Number(call.params[0]));
      return session === undefined ? refuse(404, 'WhatsApp session not found.') : answer(session, call);
    });
  }

  return [
    route('GET', '/auth-check', () => ({ status: 200, body: { success: true, message: 'Authenticated.' } })),
    route('GET', root, () => good(sessions.list().map(sessionListed))),
    route('POST', root, ({ body }) => {
      const input = creating.safeParse(body);
      return input.success ? good(sessionWritten(sessions.create(input.data)), 201) : invalid(input.error);
    }),
    about('GET', '', (session) => good(sessionWritten(session))),
    about('PUT', '', (session, { body }) => {
      const input = updating.safeParse(body);
      if (!input.success) return invalid(input.error);
      sessions.update(session, input.data);
      return good(sessionWritten(session));
    }),
    about('DELETE', '', (session) => {
      sessions.remove(session);
      return { status: 204 };
    }),
    about('POST', '/connect', (session) => {
      sessions.connect(session);
      const qrCode = sessions.askQr(session);
      const status = session.state.toUpperCase();
      return good(qrCode === undefined ? { status, message: 'The session needs no code.' } : { status, qrCode });
    }),
    about('GET', '/qrcode', (session) => {
      const qrCode = sessions.askQr(session);
      return qrCode === undefined ? refuse(400, 'There is no QR code: the session is not waiting to be scanned.') : good({ qrCode });
    }),
    about('POST', '/disconnect', (session) => {
      sessions.disconnect(session);
      return good({ status: 'DISCONNECTED', message: 'Session disconnected.' });
    }),
    about('POST', '/restart', (session) => {
      if (session.state !== 'connected') return refuse(400, 'Only a connected session can be restarted.');
      sessions.restart(session);
      return good({ status: session.state.toUpperCase(), message: 'Session restarting.' });
    }),
    about('POST', '/regenerate-key', (session) => ({ status: 200, body: { success: true, api_key: sessions.regenerateKey(session) } })),
    about('GET', '/session-logs', (session, { query }) => {
      const rows = session.log.toReversed().map((row) => sessionLogRow(row, session));
      return good(paginated(rows, query, `${url()}${root}/${session.id}/session-logs`));
    }),
    about('GET', '/message-logs', (session, { query }) => {
      const status = query.get('status');
      const found = messages.apiMessages(session.id).filter((message) => status === null || logStatus(message) === status);
      const page = paginated(found, query, `${url()}${root}/${session.id}/message-logs`);
      return good({ ...page, data: page.data.map((message) => messageLogRow(message, !session.settings.log_messages)) });
    }),
  ];
}

function invalid(error: z.ZodError): Answer {
  const errors: Record<string, string[]> = {};
  for (const issue of error.issues) {
    const field = issue.path.join('.');
    errors[field] = [...(errors[field] ?? []), issue.message];
  }
  return refuse(422, 'The given data was invalid.', errors);
}
