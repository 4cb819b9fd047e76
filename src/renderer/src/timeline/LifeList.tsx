import { Fragment, type JSX } from 'react';
import type { Timeline } from '../../../shared/contract/views.ts';
import { routeHash } from '../state/route.ts';
import { clockTime, count, fullTime, plural, timeRange, timeWithDay } from '../ui/format.ts';
import { Tick } from '../ui/Icon.tsx';
import { certaintyWords, ENTRY_WORD, SAID_WORD, SOURCE_WORD } from '../ui/words.ts';
import { type Entry, type LifeItem, lifeOf } from './life.ts';

export function LifeList({ timeline, provider }: { readonly timeline: Timeline; readonly provider: string }): JSX.Element {
  const items = lifeOf(timeline);
  if (items.length === 0) return <p className="soft">Nothing has been said about this message yet. Its steps appear here as they become known.</p>;
  return (
    <ol className="life num" aria-label="Steps">
      {items.map((item) => (
        <Item key={keyOf(item)} item={item} provider={provider} />
      ))}
    </ol>
  );
}

function keyOf(item: LifeItem): string {
  return item.kind === 'gap' ? `gap${item.gap.id}` : `${item.kind}${item.said}`;
}

function Item({ item, provider }: { readonly item: LifeItem; readonly provider: string }): JSX.Element {
  const now = Date.now();
  switch (item.kind) {
    case 'step':
      return (
        <li
          className={`${item.said} ${item.how}`}
          data-testid="timeline-step"
          data-said={item.said}
          data-certainty={item.how}
          data-source={item.source}
        >
          <Dot said={item.said} />
          <div className="life-head">
            <b>{SAID_WORD[item.said]}</b>
            <time className="life-when" dateTime={new Date(item.at).toISOString()} title={fullTime(item.at)}>
              {item.how === 'between' && item.after !== null ? timeRange(item.after, item.at) : `${before(item)}${timeWithDay(item.at, now)}`}
            </time>
          </div>
          <div className="src">
            {certaintyWords(item.how, provider, item.after !== null)}
            {item.entries.length === 0 && item.source ? ` · ${SOURCE_WORD[item.source]}` : null}
            <Entries entries={item.entries} />
            {item.repeats > 0 ? <> · {plural(item.repeats, 'repeat')}</> : null}
          </div>
          {item.reason ? <p className="life-reason">{item.reason}</p> : null}
        </li>
      );
    case 'people':
      return (
        <li className={`${item.said} partly`}>
          <Dot said={item.said} />
          <div className="life-head">
            <b>
              {item.said === 'delivered' ? 'Delivered to' : item.said === 'read' ? 'Read by' : 'Played by'} {count(item.reached)} of{' '}
              {count(item.people)}
            </b>
          </div>
          <div className="src">
            one receipt for each person
            <Entries entries={item.entries} />
          </div>
        </li>
      );
    case 'gap':
      return (
        <li className="hole">
          <span className="dot" aria-hidden="true">
            !
          </span>
          <div className="gapnote">
            <b>
              Not listening {clockTime(item.gap.from)} – {item.gap.to === null ? 'now' : clockTime(item.gap.to)}.
            </b>{' '}
            {sentence(item.gap.why)} {afterwards(item.gap.to, item.gap.reconciledAt, item.gap.recovered)}
          </div>
        </li>
      );
    case 'open':
      return (
        <li className="open">
          <Dot said={item.said} />
          <div className="life-head">
            <span className="soft">{SAID_WORD[item.said]}</span>
            <span className="life-when faint">{item.unseen === null ? 'not yet' : 'cannot be seen'}</span>
          </div>
          {item.unseen === null ? null : <div className="src">{item.unseen}</div>}
        </li>
      );
  }
}

function before(item: Extract<LifeItem, { kind: 'step' }>): string {
  return item.how === 'between' ? 'by ' : item.how === 'arrival' ? '≤ ' : '';
}

function afterwards(to: number | null, reconciledAt: number | null, recovered: number): string {
  if (to === null) return 'What happens meanwhile is asked for as soon as that is possible.';
  if (reconciledAt === null) return 'What happened meanwhile is being asked for.';
  return recovered > 0
    ? `What happened meanwhile was asked for afterwards; ${plural(recovered, 'receipt')} came back.`
    : 'What happened meanwhile was asked for afterwards.';
}

function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return text === '' || /[.…]$/.test(text) ? text : `${text}.`;
}

const ENTRIES_SHOWN = 3;

/** The way from a step to the very bodies that said so. */
function Entries({ entries }: { readonly entries: readonly Entry[] }): JSX.Element {
  return (
    <>
      {entries.slice(0, ENTRIES_SHOWN).map(({ id, source }) => (
        <Fragment key={id}>
          {' '}
          <span className="entry-link">
            ·{' '}
            <a href={routeHash({ screen: 'events', entry: id })}>
              {ENTRY_WORD[source]} {id}
            </a>
          </span>
        </Fragment>
      ))}
      {entries.length > ENTRIES_SHOWN ? ` and ${count(entries.length - ENTRIES_SHOWN)} more` : null}
    </>
  );
}

function Dot({ said }: { readonly said: Parameters<typeof Tick>[0]['said'] }): JSX.Element {
  return (
    <span className="dot">
      <Tick said={said} size={14} />
    </span>
  );
}
