/** One message in a list: tick, who, its life in one stroke, the state in words, how long ago. */
import { type JSX, memo, useEffect, useRef } from 'react';
import type { MessageRow as Row } from '../../../shared/contract/views.ts';
import { ageOf, fullTime } from './format.ts';
import { Tick } from './Icon.tsx';
import { TickLine, TickScale } from './TickLine.tsx';
import { tickLine } from './tickLine.ts';
import { type RowFrame, rowAttributes } from './VirtualGrid.tsx';
import { stateWords, subtitleOf, tickOf, titleOf } from './words.ts';

export const MESSAGE_COLUMNS = [
  { label: 'Status', content: <i /> },
  { label: 'To' },
  { label: 'Life, from queued on', content: <TickScale /> },
  { label: 'Now' },
  { label: 'Since' },
] as const;

type Props = RowFrame & { readonly row: Row; readonly now: number; readonly account: string | null };

export const MessageRow = memo(function MessageRow({ row, now, account, ...frame }: Props): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const painted = row.status ?? 'none';
  // the frame after this one is the first that shows it; whoever watches the screen can read when that was
  useEffect(() => {
    const wait = requestAnimationFrame(() => element.current?.setAttribute('data-painted-status', painted));
    return () => cancelAnimationFrame(wait);
  }, [painted]);
  const words = stateWords(row);
  const subtitle = subtitleOf(row);
  return (
    <div
      {...rowAttributes(frame)}
      ref={element}
      className="row row-cells"
      data-testid="message-row"
      data-message={row.id}
      data-status={row.status ?? 'none'}
    >
      <span role="gridcell">
        <Tick said={tickOf(row)} />
      </span>
      <span role="gridcell" className="who">
        <span className="who-line">
          <b className="clip">{titleOf(row)}</b>
          {row.demo ? <span className="tag">Demo</span> : null}
          {row.kind === 'group' ? <span className="tag">group</span> : null}
          {row.tags.slice(0, 2).map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </span>
        <span className="small faint clip">{[subtitle, account].filter(Boolean).join(' · ')}</span>
      </span>
      <span role="gridcell">
        <TickLine line={tickLine(row, now)} />
      </span>
      <span role="gridcell" className={`state clip ${tone(row)}`} title={words}>
        {words}
      </span>
      <span role="gridcell" className="when faint">
        <time dateTime={new Date(row.firstAt).toISOString()} title={fullTime(row.firstAt)}>
          {ageOf(row.firstAt, now)}
        </time>
      </span>
    </div>
  );
});

function tone(row: Row): string {
  if (row.status === 'failed') return 'failed';
  if (row.status === 'read' || row.status === 'played' || (row.group?.read ?? 0) > 0) return 'read';
  return 'soft';
}
