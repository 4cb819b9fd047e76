import { parseArgs } from 'node:util';

export type Flags = {
  readonly data: string | undefined;
  readonly port: number;
  readonly webhookPort: number;
  readonly tokenFile: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly demo: boolean;
  readonly help: boolean;
  /** An exported file to check, instead of starting. */
  readonly verify: string | undefined;
  readonly fingerprint: string | undefined;
};
export type ParsedFlags = { readonly ok: true; readonly flags: Flags } | { readonly ok: false; readonly words: string };

const DEFAULT_PORT = 41_781;
const DEFAULT_WEBHOOK_PORT = 41_782;

const OPTIONS = {
  browser: { type: 'boolean' },
  data: { type: 'string' },
  port: { type: 'string' },
  'webhook-port': { type: 'string' },
  'token-file': { type: 'string' },
  'passphrase-file': { type: 'string' },
  demo: { type: 'boolean' },
  verify: { type: 'string' },
  fingerprint: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `Tickline shows whether your WhatsApp messages were sent, delivered and read.

  --browser               serve the window to a browser instead of opening the desktop app
  --data DIR              where everything is kept (default: this computer's place for app data)
  --port N                the page's port in the browser way (default ${DEFAULT_PORT}, 0 for any free one)
  --webhook-port N        the webhook listener's port (default ${DEFAULT_WEBHOOK_PORT}, 0 for any free one)
  --token-file PATH       also write the page's token to this file, readable by you alone
  --passphrase-file PATH  browser way: encrypt saved keys with the passphrase in this file
  --demo                  start with the demo shop connected
  --verify FILE           check that no row of an exported file was changed, removed, added or moved
  --fingerprint HEX       the fingerprint that the file should have (shown when it was exported)
  --help                  show this
`;

/**
 * Our flags out of a command line. `foreign` says what to do with others: in the desktop app Chromium's
 * own flags stand between ours and are left alone; elsewhere an unknown flag is a slip worth telling.
 */
export function parseFlags(args: readonly string[], foreign: 'refused' | 'ignored'): ParsedFlags {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: foreign === 'refused', allowPositionals: foreign === 'ignored' });
    const port = portOf('--port', values.port, DEFAULT_PORT);
    const webhookPort = portOf('--webhook-port', values['webhook-port'], DEFAULT_WEBHOOK_PORT);
    return {
      ok: true,
      flags: {
        data: textOf('--data', values.data),
        port,
        webhookPort,
        tokenFile: textOf('--token-file', values['token-file']),
        passphraseFile: textOf('--passphrase-file', values['passphrase-file']),
        demo: values.demo === true,
        help: values.help === true,
        verify: textOf('--verify', values.verify),
        fingerprint: fingerprintOf(values.fingerprint),
      },
    };
  } catch (error) {
    return { ok: false, words: error instanceof Error ? error.message : String(error) };
  }
}

function textOf(name: string, value: string | boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw new Error(`${name} needs a value, such as ${name} PATH`);
  return value;
}

function portOf(name: string, value: string | boolean | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`${name} needs a number from 0 to 65535, got ${JSON.stringify(value)}`);
  return port;
}

function fingerprintOf(value: string | boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  // It may be copied as it is shown, in groups.
  const hex = typeof value === 'string' ? value.replace(/\s/g, '').toLowerCase() : '';
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new Error('--fingerprint needs the 64 digits (0-9, a-f) that Tickline shows after an export');
  return hex;
}
