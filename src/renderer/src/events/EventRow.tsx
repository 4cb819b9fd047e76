import { type JSX, memo } from 'react';
import type { InboxRow } from '../../../shared/contract/views.ts';
import { bytes, clockTime, count, fullTime } from '../ui/format.ts';
import { type RowFrame, rowAttributes } from '../ui/VirtualGrid.tsx';
import { INBOX_WORD, SOURCE_WORD } from '../ui/words.ts';

type Props = RowFrame & { readonly row: InboxRow };

export const EventRow = memo(function EventRow({ row, ...frame }: Props): JSX.Element {
  return (
    <div {...rowAttributes(frame)} className="row row-cells num" data-testid="event-row" data-state={row.state}>
      <span role="gridcell">
        <StateWord state={row.state} />
      </span>
      <span role="gridcell" className="faint mono">
        {row.id}
      </span>
      <span role="gridcell" className="mono">
        <time dateTime={new Date(row.receivedAt).toISOString()} title={fullTime(row.receivedAt)}>
          {clockTime(row.receivedAt)}
        </time>
      </span>
      <span role="gridcell" className="soft">
        {SOURCE_WORD[row.source]}
      </span>
      <span role="gridcell" className="mono clip">
        {row.event ?? row.shape}
      </span>
      <span role="gridcell" className="soft clip" title={row.reason ?? undefined}>
        {row.reason ?? (row.repeats > 0 ? `came ${count(row.repeats + 1)} times, counted once` : '')}
      </span>
      <span role="gridcell" className="faint end">
        {bytes(row.bytes)}
      </span>
    </div>
  );
});

export function StateWord({ state }: { readonly state: InboxRow['state'] }): JSX.Element {
  return (
    <span className={`inbox-state ${state}`}>
      <i aria-hidden="true" />
      {INBOX_WORD[state]}
    </span>
  );
}
