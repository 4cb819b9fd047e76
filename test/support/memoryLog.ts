import type { Facts, Log } from '../../src/main/core/ports/log.ts';

/** A log that a test can read. */
export function createMemoryLog(): Log & { readonly lines: readonly { readonly level: string; readonly event: string; readonly facts: Facts }[] } {
  const lines: { level: string; event: string; facts: Facts }[] = [];
  const line =
    (level: string) =>
    (event: string, facts: Facts = {}) => {
      lines.push({ level, event, facts });
    };
  return { lines, info: line('info'), warn: line('warn'), error: line('error') };
}
