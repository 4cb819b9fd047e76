/** The whole log: search, filters, pages without end, export of what the filter matches. */
import { type JSX, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { MessageFilter } from '../../../shared/contract/requests.ts';
import { coarse } from '../state/clock.ts';
import { isNarrowed } from '../state/filter.ts';
import { useApp, useAwake, useNow, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Select } from '../ui/Choice.tsx';
import { DateInput, Search } from '../ui/Field.tsx';
import { count, DAY } from '../ui/format.ts';
import { MessageList } from '../ui/MessageList.tsx';
import { Empty, Problem, Waiting } from '../ui/Problem.tsx';
import './messages.css';

const STATUSES = [
  { value: 'any', label: 'Any status' },
  { value: 'open', label: 'On the way' },
  { value: 'queued', label: 'Queued' },
  { value: 'sent', label: 'Sent' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'read', label: 'Read' },
  { value: 'played', label: 'Played' },
  { value: 'failed', label: 'Failed' },
  { value: 'unknown', label: 'Not known' },
] as const;
const KINDS = [
  { value: 'any', label: 'People and groups' },
  { value: 'person', label: 'People' },
  { value: 'group', label: 'Groups' },
] as const;

export function MessagesScreen(): JSX.Element {
  const { messages, exports } = useStores();
  const filter = useStore(messages.state, (state) => state.filter);
  useAwake(messages);
  const [text, setText] = useState(filter.text ?? '');
  const [tag, setTag] = useState(filter.tag ?? '');
  const change = (part: Partial<MessageFilter>) => messages.setFilter(without({ ...messages.state.getState().filter, ...part }));
  useEffect(() => {
    const current = messages.state.getState().filter;
    const [wantedText, wantedTag] = [text.trim() || undefined, tag.trim() || undefined];
    if (current.text === wantedText && current.tag === wantedTag) return;
    const timer = setTimeout(() => messages.setFilter(without({ ...messages.state.getState().filter, text: wantedText, tag: wantedTag })), 200);
    return () => clearTimeout(timer);
  }, [text, tag, messages]);
  const clear = () => {
    setText('');
    setTag('');
    messages.setFilter({});
  };
  return (
    <div className="page messages-page">
      <header className="page-head">
        <h1>Messages</h1>
        <Button onPress={() => exports.open(filter)}>{isNarrowed(filter) ? 'Export these…' : 'Export all…'}</Button>
      </header>
      <search className="filters">
        <Search label="Search messages" placeholder="Name, number, tag, text" value={text} onChange={setText} />
        <Filters filter={filter} change={change} />
        <label className="inline-field">
          <span className="sr">Tag</span>
          <input className="input tag-input" placeholder="Tag" value={tag} onChange={(event) => setTag(event.target.value)} />
        </label>
        {isNarrowed(filter) ? (
          <Button look="link" onPress={clear}>
            Clear filters
          </Button>
        ) : null}
      </search>
      <section className="list" aria-label="Messages">
        <Rows onClear={clear} />
      </section>
    </div>
  );
}

function Filters({ filter, change }: { readonly filter: MessageFilter; readonly change: (part: Partial<MessageFilter>) => void }): JSX.Element {
  const accounts = useApp((state) => state.accounts) ?? [];
  const status = typeof filter.status === 'string' ? filter.status : 'any';
  const accountOptions = [
    { value: 'any', label: 'All accounts' },
    ...accounts.map((one) => ({ value: one.id, label: one.demo ? `${one.name} (Demo)` : one.name })),
  ];
  return (
    <>
      <Select label="Status" value={status} options={STATUSES} onChange={(value) => change({ status: value === 'any' ? undefined : value })} />
      {accounts.length > 1 ? (
        <Select
          label="Account"
          value={filter.account ?? 'any'}
          options={accountOptions}
          onChange={(value) => change({ account: value === 'any' ? undefined : value })}
        />
      ) : null}
      <Select label="Kind" value={filter.kind ?? 'any'} options={KINDS} onChange={(value) => change({ kind: value === 'any' ? undefined : value })} />
      <DateInput label="From" value={dateText(filter.from)} onChange={(value) => change({ from: dateStart(value) })} />
      <DateInput label="to" value={dateText(filter.to)} onChange={(value) => change({ to: dateEnd(value) })} />
    </>
  );
}

function Rows({ onClear }: { readonly onClear: () => void }): JSX.Element {
  const { messages, drawer } = useStores();
  const state = useStore(messages.state);
  const selected = useStore(drawer.state, ({ open }) => open?.id ?? null);
  const density = useApp(({ status }) => status?.settings.density ?? 'comfortable');
  const accounts = useApp((app) => app.accounts);
  const now = useNow();
  if (state.phase === 'loading') return <Waiting rows={9} label="Asking for messages" />;
  if (state.phase === 'failed' && state.error) return <Problem error={state.error} onRetry={messages.ask} />;
  if (state.rows.length === 0 && state.waiting === 0)
    return isNarrowed(state.filter) ? (
      <Empty title="No message matches these filters" action={<Button onPress={onClear}>Clear filters</Button>}>
        Widen the dates or leave one filter out.
      </Empty>
    ) : (
      <Empty title="No messages yet">Every message that your business sends is kept here, newest first.</Empty>
    );
  const shown = state.rows.length;
  return (
    <>
      <MessageList
        label="Messages, newest first"
        rows={state.rows}
        waiting={state.waiting}
        selected={selected}
        compact={density === 'compact'}
        nowFor={(row) => coarse(now, row.firstAt)}
        accountName={(id) => (accounts && accounts.length > 1 ? (accounts.find((one) => one.id === id)?.name ?? null) : null)}
        onOpen={(row) => drawer.open(row.account, row.id, row)}
        onHold={messages.hold}
        onRelease={messages.release}
        onNearEnd={messages.more}
      />
      <p className="list-foot small faint num" role="status">
        {state.error ? 'The next page did not come. Scroll on to ask again.' : footWords(shown, state.nextCursor !== null)}
      </p>
    </>
  );
}

function footWords(shown: number, more: boolean): string {
  if (!more) return `${count(shown)} shown, down to the first`;
  return shown >= 20_000 ? `The newest ${count(shown)} are shown. Choose dates to see older ones.` : `${count(shown)} shown, more as you scroll`;
}

function without(filter: MessageFilter): MessageFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== ''));
}

function dateText(at: number | undefined): string {
  if (at === undefined) return '';
  const date = new Date(at);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

/** Local midnight of a `YYYY-MM-DD`; undefined for anything else. */
function dateStart(text: string): number | undefined {
  const at = new Date(`${text}T00:00:00`).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** The last millisecond of that day, also on the days when clocks change. */
function dateEnd(text: string): number | undefined {
  const start = dateStart(text);
  return start === undefined ? undefined : new Date(start + DAY + DAY / 2).setHours(0, 0, 0, 0) - 1;
}
