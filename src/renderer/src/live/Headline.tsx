import type { JSX } from 'react';
import { useApp, useNow } from '../state/stores.ts';
import { MINUTE } from '../ui/format.ts';
import { headlineWords } from './headlineWords.ts';

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
