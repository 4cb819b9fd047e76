/** What becomes of each message: how many go from which status to which, and the first of them one by one. */
import type { JSX } from 'react';
import type { ReplayChange, ReplayMove, ReplayResult, ReplayState, Said } from '../../../shared/contract/views.ts';
import { clockTime, count } from '../ui/format.ts';
import { Tick } from '../ui/Icon.tsx';
import { fullRecipient, shortId } from '../ui/phone.ts';
import { SAID_WORD } from '../ui/words.ts';

export function ReplayChanges({ result }: { readonly result: ReplayResult }): JSX.Element | null {
  if (result.messagesChanged === 0) return null;
  const more = result.messagesChanged - result.changes.length;
  return (
    <>
      <ul className="replay-moves num" aria-label="How the messages change">
        {result.moves.map((move) => (
          <li key={`${move.from}${move.to}`}>
            <b>{count(move.count)}</b> {moveWords(move)}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="replay-changes" tabIndex={0} aria-label="The messages, before and after">
        <ul>
          {result.changes.map((change) => (
            <li key={change.id}>
              <bdi className="clip">{titleOfChange(change)}</bdi>
              <span className="replay-step soft">
                <StateOf state={change.before} missing="not known" />
                <span aria-hidden="true">→</span>
                <span className="sr">becomes</span>
                <StateOf state={change.after} missing="joined with another" />
              </span>
              <span className="small faint num replay-why">{differenceOf(change)}</span>
            </li>
          ))}
        </ul>
        {more > 0 ? <p className="small faint num">and {count(more)} more</p> : null}
      </section>
    </>
  );
}

function StateOf({ state, missing }: { readonly state: ReplayState | null; readonly missing: string }): JSX.Element {
  if (state === null) return <span>{missing}</span>;
  return (
    <span className="replay-state">
      <Tick said={state.status ?? 'unknown'} size={15} /> {word(state.status)}
    </span>
  );
}

function titleOfChange(change: ReplayChange): string {
  if (change.name !== null) return change.name;
  if (change.recipient !== null) return fullRecipient(change.recipient);
  return change.messageId === null ? change.id : shortId(change.messageId);
}

function word(status: Said | null): string {
  return status === null ? 'nothing said yet' : SAID_WORD[status];
}

function moveWords({ from, to }: ReplayMove): string {
  const before = from === 'new' ? 'not known until now' : word(from);
  if (to === 'joined') return `${before}, joined with another message`;
  return from === to ? `${before}, with other times` : `${before} → ${word(to)}`;
}

/** The steps that come, go or change their time. */
function differenceOf({ before, after }: ReplayChange): string {
  const was = before?.steps ?? {};
  const is = after?.steps ?? {};
  const steps = Object.keys(SAID_WORD) as Said[];
  const words = steps.flatMap((said) => {
    const [a, b] = [was[said], is[said]];
    if (a === undefined && b !== undefined) return [`+ ${SAID_WORD[said]} ${clockTime(b.at)}`];
    if (a !== undefined && b === undefined) return [`− ${SAID_WORD[said]} ${clockTime(a.at)}`];
    return a !== undefined && b !== undefined && (a.at !== b.at || a.how !== b.how)
      ? [`${SAID_WORD[said]} ${clockTime(a.at)} → ${clockTime(b.at)}`]
      : [];
  });
  return words.join(', ');
}
