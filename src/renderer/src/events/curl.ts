/** The webhook of an entry as a command that sends it again; what was masked stays masked, and secrets are left for the reader to put in. */
import type { InboxEntry } from '../../../shared/contract/views.ts';

/** `listener`: the webhook listener's address on this computer. */
export function curlOf(entry: Pick<InboxEntry, 'body' | 'headers'>, listener: string): string {
  const kept = ['content-type', 'user-agent'].flatMap((name) => (entry.headers[name] === undefined ? [] : [`${name}: ${entry.headers[name]}`]));
  const headers = [...kept, 'x-webhook-signature: YOUR-WEBHOOK-SECRET'];
  return [
    `curl -X POST ${quoted(`${listener}/w/YOUR-WEBHOOK-PATH`)}`,
    ...headers.map((header) => `  -H ${quoted(header)}`),
    `  --data-binary ${quoted(entry.body)}`,
  ].join(' \\\n');
}

/** For a POSIX shell, in which nothing between single quotes means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
