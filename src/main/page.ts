import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The built window, read once into memory. Only what was found then can be asked for, so no path leads anywhere else. */
export type Page = {
  /** The file at an address path such as `/` or `/assets/index-1a2b.js`; `undefined` for everything else. */
  file(path: string): PageFile | undefined;
  readonly files: number;
};
export type PageFile = { readonly type: string; readonly body: Uint8Array<ArrayBuffer> };

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Reads every servable file under `folder`. Rejects when there is no index.html in it. */
export async function readPage(folder: string): Promise<Page> {
  const files = new Map<string, PageFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length).replaceAll('\\', '/').replace(/^\/*/, '/'), { type, body: Uint8Array.from(await readFile(path)) });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`there is no index.html in ${folder}`);
  files.set('/', index);
  return { file: (path) => files.get(path), files: files.size };
}

/**
 * The headers of every page file. `connect` is where the page may send requests: nowhere in the desktop
 * app, our own address in a browser.
 */
export function pageHeaders(connect: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}
