/** The window's only way to the engine: one typed pair of functions over the desktop bridge or the local server. */
import type { ChangeName, Changes } from '../../shared/contract/changes.ts';
import { changeNames } from '../../shared/contract/changes.ts';
import type { Answer } from '../../shared/contract/errors.ts';
import type { RequestName } from '../../shared/contract/names.ts';
import type { In, Out } from '../../shared/contract/requests.ts';

export type Connection = { readonly state: 'open' } | { readonly state: 'lost'; readonly since: number; readonly why: 'gone' | 'refused' };

export type Api = {
  readonly mode: 'desktop' | 'browser';
  /** Never rejects: a lost engine is a value too (`shutting_down`, worth trying again). */
  request<N extends RequestName>(name: N, input: In<N>): Promise<Answer<Out<N>>>;
  /** Every change of that name from now on; the answer stops it. */
  on<N extends ChangeName>(name: N, listener: (value: Changes[N]) => void): () => void;
  /** Called at once with how things stand, then whenever the way to the engine opens or is lost. */
  onConnection(listener: (connection: Connection) => void): () => void;
  /** Hands a finished export to the owner. Resolves to what happened, in words for them; null when they changed their mind. */
  save(exported: { readonly id: string; readonly link: string | null; readonly fileName: string }): Promise<Answer<string | null>>;
  /** Opens an outside page in the owner's browser. */
  openLink(url: string): void;
};

/** What the preload script puts on the window of the desktop app. */
export type Bridge = {
  request(name: string, input: unknown): Promise<unknown>;
  on(name: string, listener: (value: unknown) => void): () => void;
};

const LOST: Answer<never> = {
  ok: false,
  error: {
    code: 'shutting_down',
    message: 'Tickline does not answer at the moment. It may be stopped. What you see is as it was; this window connects again by itself.',
    retry: true,
  },
};

/** The bodies come from our own engine, which built them from the same types; nothing is checked twice. */
function trusted<T>(value: unknown): T {
  return value as T;
}

export function desktopApi(bridge: Bridge): Api {
  const request: Api['request'] = async (name, input) => {
    try {
      return trusted(await bridge.request(name, input));
    } catch {
      return LOST;
    }
  };
  return {
    mode: 'desktop',
    request,
    on: (name, listener) => bridge.on(name, (value) => listener(trusted(value))),
    onConnection(listener) {
      listener({ state: 'open' });
      return () => undefined;
    },
    async save({ id }) {
      const answer = await request('shell.saveExport', { id });
      if (!answer.ok) return answer;
      return { ok: true, value: answer.value.saved ? `Saved as ${answer.value.path ?? 'a file'}.` : null };
    },
    openLink: (url) => void request('shell.openLink', { url }),
  };
}

type Socket = Pick<WebSocket, 'close' | 'addEventListener'>;
export type BrowserParts = {
  readonly origin: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string, protocols: string[]) => Socket;
  readonly now: () => number;
  /** Runs `work` after `ms`; the answer cancels it. */
  readonly later: (work: () => void, ms: number) => () => void;
};

const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;

/** The same names over HTTP and a WebSocket of the page's own address. */
export function browserApi(parts: BrowserParts): Api {
  const listeners = new Map<string, Set<(value: never) => void>>();
  const watchers = new Set<(connection: Connection) => void>();
  let connection: Connection = { state: 'lost', since: parts.now(), why: 'gone' };
  let wait = FIRST_WAIT;

  const tell = (next: Connection) => {
    if (next.state === connection.state && next.state === 'lost' && connection.state === 'lost' && next.why === connection.why) return;
    connection = next.state === 'lost' && connection.state === 'lost' ? { ...next, since: connection.since } : next;
    for (const watcher of watchers) watcher(connection);
  };
  const open = () => {
    const socket = parts.openSocket(`${parts.origin.replace(/^http/, 'ws')}/changes`, ['tickline', `token.${parts.token}`]);
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
      wait = FIRST_WAIT;
      tell({ state: 'open' });
    });
    socket.addEventListener('message', (event) => hear(String((event as MessageEvent).data)));
    socket.addEventListener('close', () => {
      tell({ state: 'lost', since: parts.now(), why: connection.state === 'lost' && connection.why === 'refused' ? 'refused' : 'gone' });
      parts.later(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(LONGEST_WAIT, wait * 2);
      if (!opened) void probe();
    });
  };
  /** A socket does not say why it was refused; a request does. */
  const probe = async () => {
    const answer = await request('app.status', {});
    if (!answer.ok && answer.error.code === 'unauthorized') tell({ state: 'lost', since: parts.now(), why: 'refused' });
  };
  const hear = (text: string) => {
    const frame = trusted<{ name?: string; value?: never }>(parseOrEmpty(text));
    if (!changeNames.some((name) => name === frame.name) || frame.value === undefined) return;
    for (const listener of listeners.get(frame.name ?? '') ?? []) listener(frame.value);
  };
  const authorization = { authorization: `Bearer ${parts.token}` };
  const request: Api['request'] = async (name, input) => {
    try {
      const response = await parts.fetch(`${parts.origin}/rpc/${name}`, {
        method: 'POST',
        headers: { ...authorization, 'content-type': 'application/json' },
        body: JSON.stringify(input ?? {}),
      });
      return trusted(await response.json());
    } catch {
      return LOST;
    }
  };
  open();
  return {
    mode: 'browser',
    request,
    on(name, listener) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener as (value: never) => void));
      return () => void all.delete(listener as (value: never) => void);
    },
    onConnection(listener) {
      watchers.add(listener);
      listener(connection);
      return () => void watchers.delete(listener);
    },
    async save({ link, fileName }) {
      if (link === null)
        return { ok: false, error: { code: 'not_found', message: 'This export has no file any more. Please export again.', retry: false } };
      try {
        const response = await parts.fetch(new URL(link, parts.origin), { headers: authorization });
        if (!response.ok) return trusted(await response.json());
        offerDownload(await response.blob(), fileName);
        return { ok: true, value: `Saved as ${fileName} where this browser keeps its downloads.` };
      } catch {
        return LOST;
      }
    },
    openLink: (url) => void window.open(url, '_blank', 'noopener,noreferrer'),
  };
}

function parseOrEmpty(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function offerDownload(blob: Blob, fileName: string): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(blob);
  anchor.download = fileName;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

const TOKEN_KEY = 'tickline-token';

/** Takes the token out of the address, so that it is neither seen nor shared, and keeps it for this tab. */
export function takeToken(): string {
  const found = /^#token=([A-Za-z0-9_-]+)/.exec(location.hash)?.[1];
  if (found) {
    sessionStorage.setItem(TOKEN_KEY, found);
    history.replaceState(null, '', location.pathname);
  }
  return found ?? sessionStorage.getItem(TOKEN_KEY) ?? '';
}

export function openApi(): Api {
  const bridge = (window as { app?: Bridge }).app;
  if (bridge) return desktopApi(bridge);
  return browserApi({
    origin: location.origin,
    token: takeToken(),
    fetch: (...args) => fetch(...args),
    openSocket: (url, protocols) => new WebSocket(url, protocols),
    now: () => Date.now(),
    later: (work, ms) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  });
}
