/** `--verify FILE`: checks an exported file without opening the app, and says what it found in plain words. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { lookUpExport } from './adapters/sqlite/exportRecords.ts';
import { type Verdict, verifyExport } from './core/read/verifyExport.ts';
import { defaultDataFolder } from './dataFolder.ts';
import type { Flags } from './flags.ts';

export type Checked = { readonly good: boolean; readonly words: string };

/**
 * `good` only when every row is as it was written and, where there is something to compare with, the file is
 * the very one that was written: a whole chain alone can be written anew by whoever changed the rows. It is
 * compared with the fingerprint given, or else with the record that the data folder keeps of its exports.
 */
export async function checkExport(file: string, flags: Pick<Flags, 'data' | 'fingerprint'>): Promise<Checked> {
  let verdict: Verdict;
  try {
    verdict = await verifyExport(createReadStream(file));
  } catch (cause) {
    return { good: false, words: `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.` };
  }
  if (!verdict.whole) return { good: false, words: `${basename(file)} is NOT as it was exported. ${verdict.words}` };
  const { rows, fingerprint } = verdict;
  const whole = `${rows} ${rows === 1 ? 'row' : 'rows'}, none of them changed, removed, added or moved.`;
  const shown = `Fingerprint: ${fingerprint}`;
  if (flags.fingerprint !== undefined)
    return flags.fingerprint === fingerprint
      ? { good: true, words: `${basename(file)} is as it was exported: ${whole}\n${shown}, which is the one given.` }
      : {
          good: false,
          words: `${basename(file)} is NOT the file with that fingerprint. Its rows fit together, so it is another export, or it was written anew.\n${shown}`,
        };
  const record = lookUpExport(flags.data ?? defaultDataFolder(), fingerprint);
  if (record?.found !== undefined) {
    const { fileName, finishedAt } = record.found;
    return {
      good: true,
      words: `${basename(file)} is as it was exported: ${whole}\n${shown}, on record as ${fileName}, ${new Date(finishedAt).toISOString()}.`,
    };
  }
  if (rows === 0)
    return {
      good: false,
      words: `${basename(file)} holds no rows. Whether all were cut off only its fingerprint can tell: give it with --fingerprint.\n${shown}`,
    };
  if (record !== undefined && record.kept > 0)
    return {
      good: false,
      words: `${basename(file)} is NOT on record here. Its rows fit together, but this Tickline did not write it: it is from elsewhere (then give its --fingerprint), or it was written anew.\n${shown}`,
    };
  return {
    good: true,
    words: `${basename(file)} fits together: ${whole}\n${shown}. There is no record here to compare it with; whoever exported it can tell you its fingerprint.`,
  };
}
