/** One honest sentence, how we are connected, today's funnel, and the messages as they climb. */
import { type JSX, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { coarse } from '../state/clock.ts';
import { useApp, useAwake, useNow, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Search } from '../ui/Field.tsx';
import { MessageList } from '../ui/MessageList.tsx';
import { Empty, Problem, Waiting } from '../ui/Problem.tsx';
import { Funnel } from './Funnel.tsx';
import { Headline } from './Headline.tsx';
import { SendSheet } from './SendSheet.tsx';
import { Strip } from './Strip.tsx';
import './live.css';

export function LiveScreen(): JSX.Element {
  const [sending, setSending] = useState(false);
  return (
    <div className="live">
      <Headline />
      <Strip />
      <Funnel />
      <LiveList onSend={() => setSending(true)} />
      <SendSheet isOpen={sending} onClose={() => setSending(false)} />
    </div>
  );
}

function LiveList({ onSend }: { readonly onSend: () => void }): JSX.Element {
  const { live, exports, link } = useStores();
  const [text, setText] = useState('');
  const phase = useStore(link.state, (state) => state.phase);
  useAwake(live);
  useEffect(() => {
    const wanted = text.trim();
    if ((live.state.getState().filter.text ?? '') === wanted) return;
    const timer = setTimeout(() => live.setFilter(wanted === '' ? {} : { text: wanted }), 150);
    return () => clearTimeout(timer);
  }, [text, live]);
  return (
    <section className="list" aria-label="Latest messages">
      <div className="bar">
        <h2>Messages</h2>
        {phase === 'live' ? (
          <span className="live-mark">
            <i /> live
          </span>
        ) : (
          <span className="live-mark stale-mark">
            <i /> stale
          </span>
        )}
        <span className="bar-end">
          <Search label="Search messages" placeholder="Name, number, tag, text" value={text} onChange={setText} />
          <Button onPress={() => exports.open(live.state.getState().filter)}>Export…</Button>
          <Button look="primary" onPress={onSend}>
            Send a test
          </Button>
        </span>
      </div>
      <LiveRows searched={text.trim()} onSend={onSend} onClear={() => setText('')} />
    </section>
  );
}

type RowsProps = { readonly searched: string; readonly onSend: () => void; readonly onClear: () => void };

function LiveRows({ searched, onSend, onClear }: RowsProps): JSX.Element {
  const { live, drawer } = useStores();
  const state = useStore(live.state);
  const selected = useStore(drawer.state, ({ open }) => open?.id ?? null);
  const now = useNow();
  const density = useApp(({ status }) => status?.settings.density ?? 'comfortable');
  const accounts = useApp((app) => app.accounts);
  if (state.phase === 'loading' && state.rows.length === 0) return <Waiting rows={6} label="Asking for the latest messages" />;
  if (state.phase === 'failed' && state.error) return <Problem error={state.error} onRetry={live.ask} />;
  if (state.rows.length === 0 && state.waiting === 0)
    return searched === '' ? (
      <Empty title="No messages yet" action={<Button onPress={onSend}>Send a test to yourself</Button>}>
        Every message that your business sends appears here by itself and climbs from queued to read.
      </Empty>
    ) : (
      <Empty title={`Nothing matches “${searched}”`} action={<Button onPress={onClear}>Empty the search</Button>}>
        Names, numbers, tags and, if you store them, texts are searched.
      </Empty>
    );
  return (
    <MessageList
      label="Latest messages, newest first"
      rows={state.rows}
      waiting={state.waiting}
      selected={selected}
      compact={density === 'compact'}
      nowFor={(row) => coarse(now, row.firstAt)}
      accountName={(id) => (accounts && accounts.length > 1 ? (accounts.find((one) => one.id === id)?.name ?? null) : null)}
      onOpen={(row) => drawer.open(row.account, row.id, row)}
      onHold={live.hold}
      onRelease={live.release}
      onNearEnd={live.more}
    />
  );
}
