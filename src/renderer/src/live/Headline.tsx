import type { JSX } from 'react';
import type { Headline as Figures } from '../../../shared/contract/views.ts';
import { useApp, useNow } from '../state/stores.ts';
import { aboutLength, count, MINUTE, plural, sinceWord, startOfDay } from '../ui/format.ts';

/** How many messages have a known fate, what is being checked, and what cannot be known. */
export function Headline(): JSX.Element {
  const headline = useApp((state) => state.status?.headline);
  const now = useNow(MINUTE);
  if (headline === undefined)
    return (
      <h1 className="headline">
        <span className="placeholder">Counting your messages</span>
      </h1>
    );
  const { lead, rest } = headlineWords(headline, now);
  return (
    <h1 className="headline num">
      {lead ? <em>{lead}</em> : null} {rest}
    </h1>
  );
}

/** The sentence in two parts: the figure that is drawn in the accent colour, and the rest. */
export function headlineWords(headline: Figures, now: number): { readonly lead: string; readonly rest: string } {
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
    unknown > 0 ? `${plural(unknown, 'message')} cannot be asked about.` : '',
  ];
  return { lead: known === total ? `All ${count(total)}` : `${count(known)} of ${count(total)}`, rest: parts.filter(Boolean).join(' ') };
}
