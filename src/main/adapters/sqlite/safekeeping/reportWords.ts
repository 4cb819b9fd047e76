/** The report in sentences for the owner: what was found is said elsewhere; here what was done, and what is missing. */
import type { RecoveryReport } from '../../../../shared/contract/storage.ts';
import type { Graft } from './graft.ts';

export const nothingGrafted: Graft = { entriesKept: 0, entriesSalvaged: 0, messagesSalvaged: 0, otherRowsSalvaged: 0, ranges: [], after: null };

/** `endings`: how often Tickline was ended while it read the damaged file, where it gave that up. */
export function wordsOf(report: Omit<RecoveryReport, 'words'>, endings?: number): readonly string[] {
  const words = [whatWasDone(report)];
  if (endings !== undefined)
    words.push(`Tickline was ended ${endings} times while it read the damaged file, so it gave that up; what was newer there is not in the records.`);
  if (report.kind === 'recovered') words.push(...whatIsMissing(report));
  if (report.setAside !== null && report.keptUntil !== null)
    words.push(`The files from before are in ${report.setAside}, untouched; they are kept until ${dayOf(report.keptUntil)}.`);
  words.push('Tickline asks the provider about every message that is still open.');
  return words;
}

function whatWasDone({ kind, base, backup, figures }: Omit<RecoveryReport, 'words'>): string {
  if (kind === 'restored') return `The backup of ${timeOf(backup?.createdAt)} was put back.`;
  switch (base) {
    case 'whole':
      return 'Every page of the database itself was found in order, or could be made so without a loss.';
    case 'backup':
      return `The backup of ${timeOf(backup?.createdAt)} was put in place, and ${count(figures.entriesSalvaged, 'newer entry', 'newer entries')} read from the damaged file.`;
    case 'fresh':
      return `There was no good backup, so a new database was begun, and ${count(figures.entriesSalvaged, 'entry', 'entries')} read from the damaged file.`;
  }
}

function whatIsMissing({ figures, missing }: Omit<RecoveryReport, 'words'>): string[] {
  const words: string[] = [];
  if (missing.ranges.length > 0) {
    const some = missing.ranges.slice(0, 5).map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
    const more = missing.ranges.length > some.length ? ` and ${missing.ranges.length - some.length} more stretches` : '';
    words.push(`Up to ${count(figures.entriesMissing, 'entry', 'entries')} could not be read (numbers ${some.join(', ')}${more}).`);
  }
  if (missing.after !== null)
    words.push(
      missing.newestAt === null
        ? 'What arrived before the damage may be missing.'
        : `What arrived after ${timeOf(missing.newestAt)} and before the damage may be missing.`,
    );
  if (words.length === 0) words.push('Nothing is missing.');
  return words;
}

function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en').replaceAll(',', ' ')} ${number === 1 ? one : many}`;
}

/** In the computer's own time, for its owner. */
function timeOf(at: number | undefined): string {
  return at === undefined ? 'an unknown time' : new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

function dayOf(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' }).format(at);
}
