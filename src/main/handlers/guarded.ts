import { diskTroubleOf } from '../core/domain/diskTrouble.ts';
import { raise } from '../core/domain/failure.ts';
import type { StorageGuard } from '../core/ingest/storageGuard.ts';

type Handler = (input: never) => unknown;

/** The same handlers; trouble with the disk becomes `storage_unavailable`, and the guard hears of it. */
export function guarded<H extends object>(handlers: H, guard: Pick<StorageGuard, 'failed' | 'trouble'>): H {
  const around =
    (handler: Handler): Handler =>
    async (input) => {
      try {
        return await handler(input);
      } catch (error) {
        if (diskTroubleOf(error) === undefined) throw error;
        guard.failed(error);
        const trouble = guard.trouble();
        return raise('storage_unavailable', trouble?.message ?? 'The saved data cannot be read just now.', {
          retry: true,
          ...(trouble === undefined ? {} : { detail: trouble.detail }),
        });
      }
    };
  // every value of the table is a handler, which keeps its name and its types
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, around(handler as Handler)])) as H;
}
