import { type JSX, memo } from 'react';
import type { InboxRow } from '../../../shared/contract/views.ts';
import { Cell } from '../ui/Cell.tsx';
import { bytes, clockTime, count, fullTime } from '../ui/format.ts';
import { type RowFrame, rowAttributes } from '../ui/VirtualGrid.tsx';
import { INBOX_WORD, SOURCE_WORD } from '../ui/words.ts';

type Props = RowFrame & { readonly row: InboxRow };

export const EventRow = memo(function EventRow({ row, ...frame }: Props): JSX.Element {
  return (
    <div {...rowAttributes(frame)} className="row row-cells num" data-testid="event-row" data-state={row.state}>
      <Cell className="mark-cell">
        <span className="mark-box" data-mark="" data-marked={frame.marked === true} aria-hidden="true" />
      </Cell>
      <Cell>
        <StateWord state={row.state} />
      </Cell>
      <Cell className="faint mono">{row.id}</Cell>
      <Cell className="mono">
        <time dateTime={new Date(row.receivedAt).toISOString()} title={fullTime(row.receivedAt)}>
          {clockTime(row.receivedAt)}
        </time>
      </Cell>
      <Cell className="soft">{SOURCE_WORD[row.source]}</Cell>
      <Cell className="mono clip">{row.event ?? row.shape}</Cell>
      <Cell className="soft clip" title={row.reason ?? undefined}>
        {row.reason ?? (row.repeats > 0 ? `came ${count(row.repeats + 1)} times, counted once` : '')}
      </Cell>
      <Cell className="faint end">{bytes(row.bytes)}</Cell>
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
