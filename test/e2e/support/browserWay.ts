import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from '@playwright/test';
import type { Opened, OpenOptions } from './opened.ts';

const ENTRY = resolve(import.meta.dirname, '../../../out/main/headless.js');

type Ready = { readonly url: string; readonly api: string; readonly token: string; readonly webhooks: string };

/** The built browser way, and its page in a Chromium. */
export async function openInBrowser({ dataFolder, demo, downloads, env }: OpenOptions): Promise<Opened> {
  const flags = ['--data', dataFolder, '--port', '0', '--webhook-port', '0', ...(demo ? ['--demo'] : [])];
  const child = spawn(process.execPath, [ENTRY, ...flags], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const words = collect(child);
  const ready = await firstLine(child, words);
  const browser = await chromium.launch({
    ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
    downloadsPath: downloads,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  await page.goto(ready.url);
  return {
    page,
    pid: child.pid,
    webhooks: ready.webhooks,
    async request(name, input) {
      const answer = await fetch(`${ready.api}/rpc/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ready.token}` },
        body: JSON.stringify(input ?? {}),
      });
      return answer.json();
    },
    async saveExport(press, path) {
      const [download] = await Promise.all([page.waitForEvent('download'), press()]);
      await download.saveAs(path);
    },
    log: () => words.text,
    async close() {
      await browser.close();
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = await once(child, 'close');
      return code;
    },
  };
}

function collect(child: ChildProcess): { text: string } {
  const words = { text: '' };
  child.stderr?.on('data', (part) => {
    words.text += part;
  });
  return words;
}

async function firstLine(child: ChildProcess, words: { readonly text: string }): Promise<Ready> {
  if (child.stdout === null) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), once(child, 'close').then(() => undefined)]);
  if (line === undefined) throw new Error(`the browser way ended before it was ready:\n${words.text}`);
  return JSON.parse(line[0]);
}
