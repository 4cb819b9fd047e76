/** One message in a list: tick, who, its life in one stroke, the state in words, how long ago. */
import { type JSX, memo, useEffect, useRef, useState } from 'react';
import type { MessageRow as Row } from '../../../shared/contract/views.ts';
import { Cell } from './Cell.tsx';
import { ageOf, fullTime } from './format.ts';
import { Tick } from './Icon.tsx';
import { TickLine, TickScale } from './TickLine.tsx';
import { tickLine } from './tickLine.ts';
import { type RowFrame, rowAttributes } from './VirtualGrid.tsx';
import { stateWords, subtitleOf, tickOf, titleOf } from './words.ts';

export const MESSAGE_COLUMNS = [
  { label: 'Status', content: <i /> },
  { label: 'To' },
  { label: 'Life: time since queued, from 1 second to 1 day', content: <TickScale /> },
  { label: 'Now' },
  { label: 'Since' },
] as const;

type Shown = { readonly row: Row; readonly now: number; readonly account: string | null };
type Props = Shown & { readonly frame: RowFrame };

/** The row in its place; what it shows is drawn again only when that changes, not when rows above it come or go. */
export function MessageRow({ row, now, account, frame }: Props): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const [arrives] = useState(() => frame.index === 0 && now - row.firstAt < 3000);
  const painted = row.status ?? 'none';
  // the frame after this one is the first that shows it; whoever watches the screen can read when that was
  useEffect(() => {
    const wait = requestAnimationFrame(() => element.current?.setAttribute('data-painted-status', painted));
    return () => cancelAnimationFrame(wait);
  }, [painted]);
  return (
    <div
      {...rowAttributes(frame)}
      ref={element}
      className={arrives ? 'row row-cells arrives' : 'row row-cells'}
      data-testid="message-row"
      data-message={row.id}
      data-status={row.status ?? 'none'}
    >
      <Cells row={row} now={now} account={account} />
    </div>
  );
}

const Cells = memo(function Cells({ row, now, account }: Shown): JSX.Element {
  const words = stateWords(row);
  const subtitle = subtitleOf(row);
  return (
    <>
      <Cell>
        <Tick said={tickOf(row)} />
      </Cell>
      <Cell className="who">
        <span className="who-line">
          <bdi className="clip title">{titleOf(row)}</bdi>
          {row.demo && account !== null ? <span className="tag">Demo</span> : null}
          {row.kind === 'group' && row.name ? <span className="tag">group</span> : null}
          {row.tags.slice(0, 2).map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </span>
        <span className="small faint clip">
          <bdi>{subtitle}</bdi>
          {subtitle && account ? ' · ' : ''}
          {account}
        </span>
      </Cell>
      <Cell>
        <TickLine line={tickLine(row, now)} />
      </Cell>
      <Cell className={`state clip ${tone(row)}`} title={words}>
        {words}
      </Cell>
      <Cell className="when faint">
        <time dateTime={new Date(row.firstAt).toISOString()} title={fullTime(row.firstAt)}>
          {ageOf(row.firstAt, now)}
        </time>
      </Cell>
    </>
  );
});

function tone(row: Row): string {
  if (row.status === 'failed') return 'failed';
  if (row.status === 'read' || row.status === 'played' || (row.group?.read ?? 0) > 0) return 'read';
  return 'soft';
}
