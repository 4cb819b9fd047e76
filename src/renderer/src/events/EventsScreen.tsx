/** The inbox for the engineer: every body that arrived, what became of it and why, and replay. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { InboxCounts, InboxRow, InboxState } from '../../../shared/contract/views.ts';
import type { ReplayWish } from '../state/inbox.ts';
import { useAwake, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Segments, Select } from '../ui/Choice.tsx';
import { count, plural } from '../ui/format.ts';
import { New } from '../ui/MessageList.tsx';
import { Empty, Problem, Waiting } from '../ui/Problem.tsx';
import { type GridHandle, VirtualGrid } from '../ui/VirtualGrid.tsx';
import { INBOX_WORD } from '../ui/words.ts';
import { EntryPane } from './EntryPane.tsx';
import { EventRow } from './EventRow.tsx';
import { ReplaySheet } from './ReplaySheet.tsx';
import { isMarked, markedCount, NOTHING, type Selection, toggle, wishOf } from './selection.ts';
import './events.css';

const STATES: readonly InboxState[] = ['applied', 'duplicate', 'ignored', 'quarantined', 'kept'];
const SOURCES = [
  { value: 'any', label: 'Any way in' },
  { value: 'webhook', label: 'Webhook' },
  { value: 'poll', label: 'Polling' },
  { value: 'send', label: 'Sent from here' },
  { value: 'import', label: 'Message log' },
  { value: 'track', label: 'Registered' },
] as const;
const COLUMNS = [
  { label: 'Marked', content: <span aria-hidden="true" /> },
  { label: 'State' },
  { label: 'Number' },
  { label: 'Arrived' },
  { label: 'Way' },
  { label: 'Event' },
  { label: 'Reason' },
  { label: 'Size' },
] as const;

export function EventsScreen({ entry }: { readonly entry: number | null }): JSX.Element {
  const { inbox, router } = useStores();
  const { filter, counts, selected } = useStore(inbox.state);
  const [wish, setWish] = useState<ReplayWish | null>(null);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  useAwake(inbox);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter shows other entries, and nobody replays what they do not see
  useEffect(() => setSelection(NOTHING), [filter]);
  useEffect(() => {
    if (inbox.state.getState().selected !== entry) inbox.select(entry);
  }, [entry, inbox]);
  const chosen = typeof filter.state === 'string' ? filter.state : 'any';
  const quarantined = counts?.quarantined ?? 0;
  return (
    <div className="page events-page">
      <header className="page-head">
        <h1>Events</h1>
        <p className="soft">Every body that arrived, kept before it was understood. Credentials, texts and numbers are masked.</p>
        {quarantined > 0 ? (
          <Button onPress={() => setWish({ filter: { ...filter, state: 'quarantined' } })}>Replay {count(quarantined)} quarantined…</Button>
        ) : null}
      </header>
      <div className="filters">
        <Segments
          label="State"
          value={chosen}
          options={stateOptions(counts)}
          onChange={(value) => inbox.setFilter({ ...filter, state: value === 'any' ? undefined : value })}
        />
        <Select
          label="Way in"
          value={filter.source ?? 'any'}
          options={SOURCES}
          onChange={(value) => inbox.setFilter({ ...filter, source: value === 'any' ? undefined : value })}
        />
        {counts && counts.rejected > 0 ? (
          <span className="small faint num" title="Wrong or missing signature: refused before anything was kept">
            {count(counts.rejected)} refused at the door
          </span>
        ) : null}
      </div>
      <SelectionBar selection={selection} onChange={setSelection} onReplay={() => setWish(wishOf(selection))} />
      <div className={selected === null ? 'split' : 'split open'}>
        <section className="list" aria-label="Entries">
          <Entries selection={selection} onSelect={setSelection} onOpen={(row) => router.go({ screen: 'events', entry: row.id })} />
        </section>
        {selected === null ? null : (
          <EntryPane onClose={() => router.go({ screen: 'events', entry: null })} onReplay={(id) => setWish({ ids: [id] })} />
        )}
      </div>
      <ReplaySheet
        wish={wish}
        onClose={(done) => {
          setWish(null);
          if (done) setSelection(NOTHING);
        }}
      />
    </div>
  );
}

function stateOptions(counts: InboxCounts | null) {
  const all = { value: 'any', label: 'All' } as const;
  return [
    all,
    ...STATES.map((state) => ({ value: state, label: counts ? `${INBOX_WORD[state]} ${count(counts[state])}` : INBOX_WORD[state] }) as const),
  ];
}

const keyOf = (row: InboxRow) => String(row.id);

/** What is marked and what can be done with it; the way to mark all that match, for those with and without a mouse. */
function SelectionBar({
  selection,
  onChange,
  onReplay,
}: {
  readonly selection: Selection;
  readonly onChange: (selection: Selection) => void;
  readonly onReplay: () => void;
}): JSX.Element | null {
  const { inbox } = useStores();
  const { filter, rows } = useStore(inbox.state);
  const marked = markedCount(selection);
  const markAll = async () => {
    const found = await inbox.count(filter);
    if (found !== null) onChange({ kind: 'all', filter, ...found, except: new Set() });
  };
  if (rows.length === 0) return null;
  return (
    <div className="selection-bar">
      <span className="num small" role="status">
        {marked === 0
          ? 'No entry is marked.'
          : `${plural(marked, 'entry', 'entries')} marked${selection.kind === 'all' ? ', all that match the filter' : ''}.`}
      </span>
      {selection.kind === 'all' ? null : (
        <Button look="quiet" onPress={() => void markAll()}>
          Mark all that match
        </Button>
      )}
      {marked > 0 ? (
        <>
          <Button look="quiet" onPress={() => onChange(NOTHING)}>
            Unmark
          </Button>
          <Button onPress={onReplay}>Replay marked…</Button>
        </>
      ) : null}
    </div>
  );
}

type EntriesProps = {
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onOpen: (row: InboxRow) => void;
};

function Entries({ selection, onSelect, onOpen }: EntriesProps): JSX.Element {
  const { inbox } = useStores();
  const state = useStore(inbox.state);
  const grid = useRef<GridHandle>(null);
  if (state.phase === 'loading') return <Waiting rows={12} label="Asking for entries" />;
  if (state.phase === 'failed' && state.error) return <Problem error={state.error} onRetry={inbox.ask} />;
  if (state.rows.length === 0)
    return state.filter.state === undefined && state.filter.source === undefined ? (
      <Empty title="Nothing has arrived yet">The first webhook, or the first answer to a question of ours, appears here.</Empty>
    ) : (
      <Empty
        title={state.filter.state === 'quarantined' ? 'Nothing is quarantined' : 'No entry is in this state'}
        action={<Button onPress={() => inbox.setFilter({})}>Show all</Button>}
      >
        {state.filter.state === 'quarantined' ? 'What cannot be understood is kept here with the reason, and can be replayed after a fix.' : null}
      </Empty>
    );
  return (
    <div className="list-body">
      <New
        waiting={state.waiting}
        onShow={() => {
          inbox.release();
          grid.current?.toTop();
        }}
      />
      <VirtualGrid
        ref={grid}
        label="Entries, newest first"
        className="events-grid"
        rows={state.rows}
        keyOf={keyOf}
        rowHeight={36}
        columns={COLUMNS}
        selectedKey={state.selected === null ? null : String(state.selected)}
        onOpen={onOpen}
        marking={{
          has: (key) => isMarked(selection, Number(key)),
          onToggle: (key, range) =>
            onSelect(
              toggle(
                selection,
                Number(key),
                range,
                state.rows.map((row) => row.id),
              ),
            ),
          onAll: () => onSelect({ kind: 'some', ids: new Set(state.rows.map((row) => row.id)), anchor: null }),
        }}
        onHold={inbox.hold}
        onNearEnd={inbox.more}
        renderRow={(row, frame) => <EventRow key={row.id} row={row} {...frame} />}
      />
    </div>
  );
}
