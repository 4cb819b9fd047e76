import { type JSX, useState } from 'react';
import { useStore } from 'zustand';
import type { InboxEntry } from '../../../shared/contract/views.ts';
import { routeHash } from '../state/route.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { bytes, dayOf, fullTime, plural } from '../ui/format.ts';
import { Icon, Tick } from '../ui/Icon.tsx';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { shortId } from '../ui/phone.ts';
import { SAID_WORD, SOURCE_WORD } from '../ui/words.ts';
import { curlOf } from './curl.ts';
import { StateWord } from './EventRow.tsx';

type Props = { readonly onClose: () => void; readonly onReplay: (id: number) => void };

/** One entry in full: what became of it, what it touched, its headers and its masked body. */
export function EntryPane({ onClose, onReplay }: Props): JSX.Element {
  const { inbox } = useStores();
  const { selected, entry } = useStore(inbox.state);
  return (
    <aside className="pane" aria-label={`Entry ${selected ?? ''}`}>
      <header>
        <h2 className="num">Entry {selected}</h2>
        {entry.value ? <StateWord state={entry.value.state} /> : null}
        <span className="bar-end">
          {entry.value?.source === 'webhook' ? <CopyCurl entry={entry.value} /> : null}
          {selected === null ? null : <Button onPress={() => onReplay(selected)}>Replay…</Button>}
          <Button look="quiet" className="icon-only" aria-label="Close the entry" onPress={onClose}>
            <Icon name="close" size={15} />
          </Button>
        </span>
      </header>
      {entry.phase === 'loading' ? <Waiting rows={5} label="Asking for the entry" /> : null}
      {entry.error ? <Problem error={entry.error} /> : null}
      {entry.value ? <Detail entry={entry.value} /> : null}
    </aside>
  );
}

function Detail({ entry }: { readonly entry: InboxEntry }): JSX.Element {
  const account = useApp((state) => state.accounts?.find((one) => one.id === entry.account)?.name);
  const headers = Object.entries(entry.headers);
  return (
    <div className="pane-scroll">
      {entry.reason ? <p className={`note ${entry.state === 'quarantined' ? 'warn' : 'plain'}`}>{entry.reason}</p> : null}
      <dl className="facts num">
        <dt>Arrived</dt>
        <dd>{fullTime(entry.receivedAt)}</dd>
        <dt>Way</dt>
        <dd>
          {SOURCE_WORD[entry.source]}, {entry.event ?? entry.shape}
        </dd>
        <dt>Account</dt>
        <dd>{account ?? entry.account}</dd>
        <dt>Size</dt>
        <dd>
          {bytes(entry.bytes)}
          {entry.repeats > 0 ? `, came again ${plural(entry.repeats, 'time')} and was counted once` : ''}
        </dd>
        {entry.duplicateOf === null ? null : (
          <>
            <dt>Repeat of</dt>
            <dd>
              <a href={routeHash({ screen: 'events', entry: entry.duplicateOf })}>entry {entry.duplicateOf}</a>
            </dd>
          </>
        )}
      </dl>
      <Touched entry={entry} />
      <h3>Body</h3>
      {entry.removed === null ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="body" tabIndex={0} aria-label="Body, masked">
          <pre className="mono">{indented(entry.body)}</pre>
        </section>
      ) : (
        <p className="note plain">
          {entry.removed.by === 'retention'
            ? `The bytes were removed on ${dayOf(entry.removed.at, Date.now())}, as set under Settings, Privacy. What they said stays.`
            : `The bytes were removed on ${dayOf(entry.removed.at, Date.now())}, because they spoke of a contact that was erased.`}
        </p>
      )}
      {headers.length > 0 ? (
        <>
          <h3>Headers</h3>
          <dl className="headers mono">
            {headers.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : null}
    </div>
  );
}

function CopyCurl({ entry }: { readonly entry: InboxEntry }): JSX.Element {
  const listener = useApp((state) => state.status?.listener ?? 'http://127.0.0.1:41782');
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const copy = async () => {
    await navigator.clipboard.writeText(curlOf(entry, listener)).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    );
  };
  return (
    <>
      <span className="small faint" role="status">
        {copied === 'yes' ? 'Copied, without secrets.' : copied === 'failed' ? 'The clipboard did not take it.' : ''}
      </span>
      <Button look="quiet" onPress={() => void copy()}>
        <Icon name="copy" size={14} /> Copy as curl
      </Button>
    </>
  );
}

function Touched({ entry }: { readonly entry: InboxEntry }): JSX.Element | null {
  const { drawer } = useStores();
  if (entry.messages.length === 0) return null;
  return (
    <>
      <h3>{entry.messages.length === 1 ? 'Message it speaks of' : `${entry.messages.length} messages it speaks of`}</h3>
      <ul className="touched">
        {entry.messages.map((message) => (
          <li key={`${message.id}${message.said}`}>
            <Button look="quiet" onPress={() => drawer.open(entry.account, message.id)}>
              <Tick said={message.said} size={17} /> {SAID_WORD[message.said]}
              <span className="faint mono">{message.messageId === null ? message.id : shortId(message.messageId)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
