/**
 * The far end for trials: speaks as much of WASenderApi as the engine asks for, over real HTTP, with one limit for
 * all sessions of its owner and faults on request. Its messages live by a script, on the trial's own clock.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LADDER, type Rung } from '../../src/main/core/domain/status.ts';
import type { Clock } from '../../src/main/core/ports/clock.ts';

/** When a message reaches each rung, on the far end's clock; what it never reaches is left out. */
export type FarLife = { readonly [R in Rung]?: number };

/** What the next answer is instead of the true one. */
export type FarFault =
  | 'none'
  | '429-seconds'
  | '429-date'
  | '429-reset'
  | '429-bare'
  | '429-body'
  | '500'
  | '503-html'
  | 'half-body'
  | 'html'
  | 'hang-up'
  | 'silence';

export type FarSession = { readonly id: number; readonly apiKey: string; readonly secret: string; webhookUrl: string | null };

export interface FarProvider {
  readonly url: string;
  readonly token: string;
  readonly sessions: readonly FarSession[];
  /** A message of session `session` that lives so; webhooks tell of each step while somebody is registered. */
  add(session: number, msgId: number, life: FarLife): void;
  statusOf(msgId: number, at: number): Rung | undefined;
  /** One webhook that says how far a message is now. */
  tell(msgId: number): Promise<void>;
  /** WhatsApp's own id of a message. */
  waIdOf(msgId: number): string;
  /** Every request for a message, by session, in order; faults included. */
  readonly asked: { readonly session: number; readonly at: number; readonly fault: FarFault }[];
  /** Most requests in any stretch of 60 s. */
  mostInAMinute(): number;
  /** How many requests came while it had asked to be left alone. */
  readonly counts: { early: number; overLimit: number; webhooks: number; webhooksLost: number; registrations: number };
  fault: (request: number) => FarFault;
  /** Its clock minus the trial's. */
  skewMs: number;
  /** Webhook posts that are under way, but for those that left while they might hang. */
  posting(): number;
  mayHang: boolean;
  close(): Promise<void>;
}

const WINDOW_MS = 60_000;
/** How long it asks to be left alone with a 429 that is not due to the limit. */
const LEAVE_ALONE_S = 7;

export async function startFarProvider(options: { clock: Clock; perMinute: number; sessions: number }): Promise<FarProvider> {
  const { clock, perMinute } = options;
  const now = () => clock.now() + far.skewMs;
  const hex = (seed: number, length: number) => seed.toString(16).padStart(length, '0');
  const sessions: FarSession[] = Array.from({ length: options.sessions }, (_, i) => ({
    id: 41 + i,
    apiKey: hex(0xa0 + i, 64),
    secret: hex(0xb0 + i, 32),
    webhookUrl: null,
  }));
  const lives = new Map<number, { readonly session: number; readonly life: FarLife }>();
  const times: number[] = [];
  let requests = 0;
  let posting = 0;
  let window = { start: Number.NEGATIVE_INFINITY, used: 0 };
  let aloneUntil = Number.NEGATIVE_INFINITY;

  /** One limit for everything that the owner's sessions ask, in fixed windows like the real one's. */
  function spend(): { allowed: boolean; headers: Record<string, string>; resetS: number } {
    const at = clock.monotonic();
    times.push(at);
    if (at >= window.start + WINDOW_MS) window = { start: at, used: 0 };
    window.used += 1;
    const allowed = window.used <= perMinute;
    if (!allowed) far.counts.overLimit += 1;
    if (at < aloneUntil) far.counts.early += 1;
    const resetS = Math.max(1, Math.ceil((window.start + WINDOW_MS - at) / 1000));
    const headers = {
      'X-RateLimit-Limit': String(perMinute),
      'X-RateLimit-Remaining': String(Math.max(0, perMinute - window.used)),
      'X-RateLimit-Reset': String(resetS),
    };
    return { allowed, headers, resetS };
  }

  function reply(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json', date: new Date(now()).toUTCString(), ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** Answers with the fault; false for the truth. */
  function misbehave(fault: FarFault, response: ServerResponse, headers: Record<string, string>): boolean {
    const alone = (extra: Record<string, string>, body: unknown, seconds = LEAVE_ALONE_S) => {
      aloneUntil = clock.monotonic() + seconds * 1000;
      reply(response, 429, { ...headers, ...extra }, body);
      return true;
    };
    const tooMany = { message: 'Too Many Attempts.' };
    switch (fault) {
      case 'none':
        return false;
      case '429-seconds':
        return alone({ 'Retry-After': String(LEAVE_ALONE_S) }, tooMany);
      case '429-date':
        // a date has whole seconds, so it may be a second early
        return alone({ 'Retry-After': new Date(now() + (LEAVE_ALONE_S + 1) * 1000).toUTCString() }, tooMany);
      case '429-reset':
        return alone({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(LEAVE_ALONE_S) }, tooMany);
      case '429-body':
        return alone({ 'X-RateLimit-Reset': '' }, { message: 'Too many requests', retry_after: LEAVE_ALONE_S });
      case '429-bare':
        // says nothing of how long, so nothing can be too early
        response.writeHead(429, { date: new Date(now()).toUTCString() });
        response.end();
        return true;
      case '500':
        reply(response, 500, headers, { success: false, message: 'Server Error' });
        return true;
      case '503-html':
        reply(response, 503, { 'content-type': 'text/html' }, '<html><body>503 Service Unavailable</body></html>');
        return true;
      case 'html':
        reply(response, 200, { 'content-type': 'text/html' }, '<!doctype html><html><body>Please sign in</body></html>');
        return true;
      case 'half-body':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
        response.write('{"success":true,"data":{"id":"3EB0');
        setImmediate(() => response.destroy());
        return true;
      case 'hang-up':
        response.destroy();
        return true;
      case 'silence':
        return true;
    }
  }

  function sessionJson(session: FarSession) {
    return {
      id: session.id,
      name: `Shop ${session.id}`,
      phone_number: '+15550001111',
      status: 'connected',
      webhook_url: session.webhookUrl,
      webhook_enabled: session.webhookUrl !== null,
      webhook_events: [],
      api_key: session.apiKey,
      webhook_secret: session.secret,
    };
  }

  function answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const path = (request.url ?? '').split('?')[0]?.replace(/^\/api/, '') ?? '';
    const bearer = (request.headers.authorization ?? '').replace('Bearer ', '');
    const info = /^\/messages\/(\d+)\/info$/.exec(path);
    const { allowed, headers, resetS } = spend();
    const fault = far.fault(requests++);
    const owner = sessions.findIndex((one) => one.apiKey === bearer);
    if (info !== null) far.asked.push({ session: owner, at: clock.monotonic(), fault });
    if (misbehave(fault, response, headers)) return;
    if (!allowed) return reply(response, 429, { ...headers, 'Retry-After': String(resetS) }, { message: 'Too Many Attempts.', retry_after: resetS });
    const good = (data: unknown) => reply(response, 200, headers, { success: true, data });
    if (info !== null) {
      const msgId = Number(info[1]);
      const status = far.statusOf(msgId, clock.now());
      if (lives.get(msgId)?.session !== owner || status === undefined)
        return reply(response, 404, headers, { success: false, message: 'Message not found.' });
      return good(infoJson(msgId, status));
    }
    if (path === '/status') return reply(response, 200, headers, { status: 'connected' });
    const about = /^\/whatsapp-sessions\/(\d+)(\/message-logs)?$/.exec(path);
    const session = sessions.find((one) => one.id === Number(about?.[1]));
    if (session === undefined)
      return path === '/whatsapp-sessions'
        ? good(sessions.map(sessionJson))
        : reply(response, 404, headers, { success: false, message: 'Not found.' });
    if (about?.[2] !== undefined) return good({ current_page: 1, data: [], last_page: 1, next_page_url: null, per_page: 15, total: 0 });
    if (request.method === 'PUT') {
      const url: unknown = JSON.parse(body).webhook_url;
      session.webhookUrl = typeof url === 'string' ? url : null;
      if (session.webhookUrl !== null) far.counts.registrations += 1;
    }
    return good(sessionJson(session));
  }

  function keyOf(msgId: number) {
    return {
      remoteJid: `1555${String(1_000_000 + (msgId % 1_000_000))}@s.whatsapp.net`,
      id: `3EB0${msgId.toString(16).toUpperCase().padStart(16, '0')}`,
      fromMe: true,
    };
  }

  function infoJson(msgId: number, status: Rung) {
    const key = keyOf(msgId);
    const life = lives.get(msgId)?.life ?? {};
    const sentAt = Math.floor((life.queued ?? life.sent ?? 0) / 1000);
    return { remoteJid: key.remoteJid, id: key.id, msgId, key, message: {}, messageTimestamp: String(sentAt), status: LADDER.indexOf(status) + 1 };
  }

  /** Once, without another try when it fails: none is documented. */
  async function tell(session: FarSession, msgId: number, rung: Rung): Promise<void> {
    if (session.webhookUrl === null) return;
    const body = {
      event: 'messages.update',
      sessionId: session.apiKey,
      timestamp: now(),
      data: { update: { status: LADDER.indexOf(rung) + 1 }, key: keyOf(msgId) },
    };
    const waited = far.mayHang ? 0 : 1;
    posting += waited;
    far.counts.webhooks += 1;
    try {
      const signal = AbortSignal.timeout(2_000);
      const headers = { 'content-type': 'application/json', 'x-webhook-signature': session.secret };
      const answer = await fetch(session.webhookUrl, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual', signal });
      await answer.arrayBuffer();
      if (!answer.ok) far.counts.webhooksLost += 1;
    } catch {
      far.counts.webhooksLost += 1;
    } finally {
      posting -= waited;
    }
  }

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => answer(request, body, response));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const far: FarProvider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    token: 'far-personal-access-token-0123456789',
    sessions,
    asked: [],
    counts: { early: 0, overLimit: 0, webhooks: 0, webhooksLost: 0, registrations: 0 },
    fault: () => 'none',
    skewMs: 0,
    mayHang: false,
    add(session, msgId, life) {
      lives.set(msgId, { session, life });
      const owner = sessions[session];
      for (const rung of LADDER) {
        const at = life[rung];
        if (at !== undefined && at > clock.now() && owner !== undefined) clock.after(at - clock.now(), () => void tell(owner, msgId, rung));
      }
    },
    async tell(msgId) {
      const owner = sessions[lives.get(msgId)?.session ?? -1];
      const status = far.statusOf(msgId, now());
      if (owner !== undefined && status !== undefined) await tell(owner, msgId, status);
    },
    waIdOf: (msgId) => keyOf(msgId).id,
    statusOf: (msgId, at) => LADDER.findLast((rung) => (lives.get(msgId)?.life[rung] ?? Number.POSITIVE_INFINITY) <= at),
    mostInAMinute() {
      let most = 0;
      for (let from = 0, to = 0; to < times.length; to++) {
        while ((times[to] ?? 0) - (times[from] ?? 0) >= WINDOW_MS) from++;
        most = Math.max(most, to - from + 1);
      }
      return most;
    },
    posting: () => posting,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return far;
}
