import type { Headline } from '../../../shared/contract/views.ts';
import { aboutLength, count, sinceWord, startOfDay } from '../ui/format.ts';

/** The sentence in two parts: the figure that is drawn in the accent colour, and the rest. */
export function headlineWords(headline: Headline, now: number): { readonly lead: string; readonly rest: string } {
  const { total, known, checking, unknown, secondsToGo } = headline;
  if (total === 0) return { lead: '', rest: 'Nothing has been sent yet. The first message appears here by itself.' };
  const since = headline.since === startOfDay(now) ? 'today' : `since ${sinceWord(headline.since, now)}`;
  const open = total - known - checking - unknown;
  const parts = [
    total === 1 ? `message ${since} has a known fate.` : `messages ${since} have a known fate.`,
    checking > 0
      ? `${count(checking)} ${checking === 1 ? 'is' : 'are'} being checked${secondsToGo === null ? '' : `, ${aboutLength(secondsToGo)} to go`}.`
      : '',
    open > 0 ? `${count(open)} ${open === 1 ? 'is' : 'are'} on the way.` : '',
    unknown > 0 ? `${count(unknown)} ${unknown === 1 ? 'is' : 'are'} not reported yet and cannot be asked about.` : '',
  ];
  return {
    lead: known === total ? (total === 1 ? 'The one' : `All ${count(total)}`) : `${count(known)} of ${count(total)}`,
    rest: parts.filter(Boolean).join(' '),
  };
}
