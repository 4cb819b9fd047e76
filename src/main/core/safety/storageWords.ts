/** The state of the database in one sentence. */
import type { RecoveryReport, StorageState } from '../../../shared/contract/storage.ts';

export function storageInWords(
  recovery: (RecoveryReport & { readonly seen: boolean }) | null,
  trouble: string | null,
): { state: StorageState; words: string } {
  if (trouble !== null) return { state: 'trouble', words: trouble };
  if (recovery === null || recovery.seen) return { state: 'well', words: 'Your records are in order.' };
  switch (recovery.kind) {
    case 'recovered':
      return { state: 'recovered', words: `Your records were damaged (${recovery.why}) and have been recovered.` };
    case 'restored':
      return { state: 'restored', words: recovery.words[0] ?? 'A backup was put back.' };
    case 'not-restored':
      return { state: 'trouble', words: recovery.words[0] ?? 'The backup could not be put back.' };
  }
}
