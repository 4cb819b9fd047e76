import { type CSSProperties, type JSX, useEffect, useRef, useState } from 'react';
import type { TickLine as Geometry, TickRun } from './tickLine.ts';
import { SCALE_MARKS } from './tickLine.ts';

/** Draws the geometry of one message's life; read aloud as its words. */
export function TickLine({ line }: { readonly line: Geometry }): JSX.Element {
  const drawn = useRef(false);
  useEffect(() => {
    drawn.current = true;
  }, []);
  return (
    <span className="tickline" role="img" aria-label={line.words}>
      {SCALE_MARKS.map((mark) => (
        <i key={mark.label} className="mark" style={{ insetInlineStart: `${mark.at}%` }} />
      ))}
      {line.runs.map((run) => (
        <Run key={`${run.tone}${run.from}`} run={run} fresh={drawn.current} />
      ))}
      {line.gaps.map((gap) => (
        <i key={gap.from} className="gap" style={stretch(gap.from, gap.to)} />
      ))}
      {line.nodes.map((node) => (
        <i
          key={node.step}
          className={`node ${node.form} ${node.step}`}
          style={node.form === 'span' ? stretch(node.from, node.at) : { insetInlineStart: `${node.at}%` }}
        />
      ))}
    </span>
  );
}

/** Grows only when it joins a line that is already on screen; a row that scrolls into view is simply there. */
function Run({ run, fresh }: { readonly run: TickRun; readonly fresh: boolean }): JSX.Element {
  const [grows] = useState(fresh);
  return <i className={`run ${run.tone}${grows ? ' grows' : ''}`} style={{ ...stretch(run.from, run.to), opacity: run.strength }} />;
}

function stretch(from: number, to: number): CSSProperties {
  return { insetInlineStart: `${from}%`, inlineSize: `${Math.max(0, to - from)}%` };
}

/** The scale above a column of lines: what the distances mean. */
export function TickScale(): JSX.Element {
  return (
    <span className="tickscale" aria-hidden="true">
      {SCALE_MARKS.map((mark) => (
        <span key={mark.label} className="centred" style={{ insetInlineStart: `${mark.at}%` }}>
          {mark.label}
        </span>
      ))}
    </span>
  );
}
