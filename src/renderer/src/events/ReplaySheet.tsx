/** Replay in two steps: first what it would do, message by message; then doing it. Both can be stopped. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { ReplayResult } from '../../../shared/contract/views.ts';
import type { Replaying, ReplayWish } from '../state/inbox.ts';
import { useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Switch } from '../ui/Choice.tsx';
import { count, plural } from '../ui/format.ts';
import { Note, Problem, Waiting } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { ReplayChanges } from './ReplayChanges.tsx';

type Props = { readonly wish: ReplayWish | null; readonly onClose: (done: boolean) => void };
type Progress = { readonly done: number; readonly total: number };

export function ReplaySheet({ wish, onClose }: Props): JSX.Element {
  const { inbox } = useStores();
  const [preview, setPreview] = useState<ReplayResult | null>(null);
  const [done, setDone] = useState<ReplayResult | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [anyway, setAnyway] = useState(false);
  const running = useRef<Replaying | null>(null);
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each wish begins with what is safe
  useEffect(() => setAnyway(false), [wish]);
  useEffect(() => {
    setPreview(null);
    setDone(null);
    setError(null);
    setProgress(null);
    if (wish === null) return;
    let current = true;
    const trying = inbox.replay(wish, { dryRun: true, anyway }, (entries, total) => (current ? setProgress({ done: entries, total }) : undefined));
    void trying.answer.then((answer) => {
      if (!current) return;
      setProgress(null);
      setPreview(answer.result);
      setError(answer.error);
    });
    return () => {
      current = false;
      trying.cancel();
    };
  }, [wish, anyway, inbox]);
  const run = async () => {
    if (wish === null) return;
    setBusy(true);
    running.current = inbox.replay(wish, { dryRun: false, anyway }, (entries, total) => setProgress({ done: entries, total }));
    const answer = await running.current.answer;
    running.current = null;
    setBusy(false);
    setProgress(null);
    setDone(answer.result);
    setError(answer.error);
  };
  const result = done ?? preview;
  return (
    <Sheet
      title={done ? (done.cancelled ? 'Replay stopped' : 'Replayed') : 'Replay'}
      isOpen={wish !== null}
      onClose={() => (busy ? undefined : onClose(done !== null))}
      footer={
        done ? (
          <Button onPress={() => onClose(true)}>Close</Button>
        ) : (
          <>
            {busy ? <Button onPress={() => running.current?.cancel()}>Stop</Button> : <Button onPress={() => onClose(false)}>Not now</Button>}
            <Button look="primary" isDisabled={busy || preview === null || preview.entries === 0} onPress={() => void run()}>
              {busy ? 'Replaying…' : 'Replay'}
            </Button>
          </>
        )
      }
    >
      {progress ? <HowFar progress={progress} busy={busy} /> : null}
      {result === null && error === null && progress === null ? <Waiting rows={3} label="Trying it without changing anything" /> : null}
      {result ? (
        <>
          <p className="soft" role="status">
            {introduction(result)}
          </p>
          <Figures result={result} />
          <ReplayChanges result={result} />
        </>
      ) : null}
      {done === null && (anyway || (preview?.quarantined ?? 0) > 0) ? (
        <Switch
          label="Also apply what cannot be true"
          help="Such as a time that lies ahead. Only where you know better than Tickline."
          on={anyway}
          onChange={setAnyway}
        />
      ) : null}
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}

function introduction(result: ReplayResult): string {
  if (result.dryRun) return 'Tried without changing anything. This is what would happen.';
  return result.cancelled ? 'Stopped. What is counted here was done and stays; the rest is as it was.' : 'This is what happened.';
}

function HowFar({ progress, busy }: { readonly progress: Progress; readonly busy: boolean }): JSX.Element {
  return (
    <div className="export-progress">
      <ProgressBar aria-label={busy ? 'Replay' : 'Preview'} value={progress.done} maxValue={Math.max(1, progress.total)} className="progress">
        {({ percentage }) => <i style={{ inlineSize: `${percentage ?? 0}%` }} />}
      </ProgressBar>
      <p className="num small">
        {count(progress.done)} of {plural(progress.total, 'entry', 'entries')} {busy ? 'replayed' : 'tried'}
      </p>
    </div>
  );
}

function Figures({ result }: { readonly result: ReplayResult }): JSX.Element {
  const effect =
    result.messagesChanged === 0
      ? 'no message changes'
      : `${plural(result.messagesChanged, 'message')} ${result.dryRun ? (result.messagesChanged === 1 ? 'changes' : 'change') : 'changed'}`;
  return (
    <>
      <dl className="facts num replay">
        <dt>Entries read again</dt>
        <dd>{count(result.entries)}</dd>
        <dt>Applied</dt>
        <dd>{count(result.applied)}</dd>
        <dt>Nothing new in them</dt>
        <dd>{count(result.unchanged)}</dd>
        <dt>Ignored</dt>
        <dd>{count(result.ignored)}</dd>
        <dt>Still not understood, or cannot be true</dt>
        <dd>{count(result.quarantined)}</dd>
        <dt>Effect</dt>
        <dd>
          <b>{effect}</b>
        </dd>
      </dl>
      {result.portions > 1 ? (
        <Note tone="plain">
          So many entries are tried in {count(result.portions)} portions, each on its own. A message that several of them speak of may end further on
          than shown here.
        </Note>
      ) : null}
    </>
  );
}
