/** One message's whole life, with the evidence for each step. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { AccountView, MessageRow, RecipientView, Timeline } from '../../../shared/contract/views.ts';
import type { Whom } from '../state/privacy.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { dayOf, fullTime, lengthOf, startOfDay, timeWithDay } from '../ui/format.ts';
import { Icon, Tick } from '../ui/Icon.tsx';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { fullRecipient, shortId } from '../ui/phone.ts';
import { startOf } from '../ui/tickLine.ts';
import { SAID_WORD, stateWords, titleOf, trustWords } from '../ui/words.ts';
import { EraseSheet } from './EraseSheet.tsx';
import { LifeList } from './LifeList.tsx';
import './timeline.css';

export function TimelineDrawer(): JSX.Element {
  const { drawer } = useStores();
  const { open, row, timeline } = useStore(drawer.state);
  const account = useApp((state) => state.accounts?.find((one) => one.id === open?.account));
  const [erasing, setErasing] = useState<Whom | null>(null);
  const panel = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  const close = () => {
    drawer.close();
    if (before.current instanceof HTMLElement) before.current.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: focus moves when another message is opened
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) before.current = document.activeElement;
    panel.current?.focus();
  }, [open?.id]);
  return (
    <aside
      ref={panel}
      className="drawer"
      tabIndex={-1}
      aria-label={row ? `Timeline of the message to ${titleOf(row)}` : 'Timeline'}
      onKeyDown={(event) => (event.key === 'Escape' ? close() : undefined)}
    >
      <div className="drawer-scroll">
        <header>
          <div className="clip">
            <h2 className="clip">{row ? titleOf(row) : 'Message'}</h2>
            {row ? <Identity row={row} /> : null}
          </div>
          <Button look="quiet" className="icon-only" aria-label="Close the timeline" onPress={close}>
            <Icon name="close" size={15} />
          </Button>
        </header>
        {row ? <Facts row={row} account={account} /> : null}
        {timeline.phase === 'failed' && timeline.error ? <Problem error={timeline.error} onRetry={drawer.ask} /> : null}
        {timeline.phase === 'loading' ? <Waiting rows={4} label="Asking for the timeline" /> : null}
        {timeline.value ? <LifeList timeline={timeline.value} provider={account?.providerName ?? 'the provider'} /> : null}
        {timeline.value && timeline.value.message.kind === 'group' ? <People recipients={timeline.value.recipients} /> : null}
      </div>
      {timeline.value ? <Footer timeline={timeline.value} onErase={() => setErasing({ message: timeline.value?.message.id ?? '' })} /> : null}
      <EraseSheet
        whom={erasing}
        onClose={(erased) => {
          setErasing(null);
          // there is no such message any more
          if (erased) close();
        }}
      />
    </aside>
  );
}

function Identity({ row }: { readonly row: MessageRow }): JSX.Element {
  const id = row.messageId ?? row.providerMessageId;
  const who = row.recipient === null ? 'number not known yet' : row.kind === 'group' ? 'group' : fullRecipient(row.recipient);
  return (
    <p className="small faint num clip" title={id ?? undefined}>
      <bdi>{who}</bdi>
      {id ? ` · message ${shortId(id)}` : null}
    </p>
  );
}

function Facts({ row, account }: { readonly row: MessageRow; readonly account: AccountView | undefined }): JSX.Element {
  const start = startOf(row);
  const now = Date.now();
  return (
    <dl className="facts num">
      <Fact name="State" value={stateWords(row)} tone={row.status === 'failed' ? 'bad' : undefined} />
      {row.status === null ? null : <Fact name="Told by" value={trustWords(row)} />}
      {row.steps.delivered ? <Fact name="Delivered in" value={lengthWords(row.steps.delivered, start)} /> : null}
      {row.steps.read ? <Fact name="Read in" value={lengthWords(row.steps.read, start)} /> : null}
      {row.steps.read && !row.steps.delivered ? <Fact name="Delivered" value="before it was read; nobody told us when" /> : null}
      <Fact name="Day" value={row.firstAt >= startOfDay(now) ? 'today' : dayOf(row.firstAt, now)} title={fullTime(row.firstAt)} />
      {row.tags.length > 0 ? <Fact name={row.tags.length === 1 ? 'Tag' : 'Tags'} value={row.tags.join(', ')} /> : null}
      {account ? <Fact name="Account" value={account.demo ? `${account.name} (Demo)` : account.name} /> : null}
      {row.text ? <Fact name="Text" value={row.text} /> : null}
      {row.deleted ? <Fact name="Deleted" value="by the sender; what had been reached stays" /> : null}
    </dl>
  );
}

function Fact({
  name,
  value,
  title,
  tone,
}: {
  readonly name: string;
  readonly value: string;
  readonly title?: string;
  readonly tone?: 'bad' | undefined;
}) {
  return (
    <>
      <dt>{name}</dt>
      <dd title={title} className={tone}>
        {value}
      </dd>
    </>
  );
}

function lengthWords(step: { readonly at: number; readonly how: string; readonly after?: number }, start: number): string {
  const to = lengthOf(step.at - start);
  if (step.how === 'between') return step.after === undefined ? `${to} at most` : `between ${lengthOf(step.after - start)} and ${to}`;
  return step.how === 'arrival' ? `${to}, when it reached us` : to;
}

const PEOPLE_FIRST = 8;

function People({ recipients }: { readonly recipients: readonly RecipientView[] }): JSX.Element | null {
  const [all, setAll] = useState(false);
  if (recipients.length === 0) return null;
  const shown = all ? recipients : recipients.slice(0, PEOPLE_FIRST);
  const now = Date.now();
  return (
    <section className="people" aria-label="People in this group">
      <h3>Who has it</h3>
      <ul className="num">
        {shown.map((person, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two numbers may look alike where they are masked
          <li key={`${person.recipient} ${index}`}>
            <Tick said={person.status ?? 'unknown'} size={17} />
            <bdi className="clip">{person.name ?? fullRecipient(person.recipient)}</bdi>
            <span className={`small ${person.status === 'read' || person.status === 'played' ? 'read' : 'soft'}`}>
              {person.status === null ? 'Not known' : person.status === 'failed' ? (person.failure ?? 'Failed') : SAID_WORD[person.status]}
            </span>
            <time className="small faint">{person.statusAt === null ? '' : timeWithDay(person.statusAt, now)}</time>
          </li>
        ))}
      </ul>
      {recipients.length > PEOPLE_FIRST ? (
        <Button look="link" onPress={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${recipients.length}`}
        </Button>
      ) : null}
    </section>
  );
}

function Footer({ timeline, onErase }: { readonly timeline: Timeline; readonly onErase: () => void }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(JSON.stringify(timeline, null, 2)).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <footer>
      <Button onPress={() => void copy()}>
        <Icon name="copy" size={14} /> Copy details
      </Button>
      <span className="small faint" role="status">
        {copied ? 'Copied as JSON.' : ''}
      </span>
      {timeline.message.kind === 'person' && timeline.message.recipient !== null ? (
        <Button look="quiet" onPress={onErase}>
          Erase this contact
        </Button>
      ) : null}
    </footer>
  );
}
