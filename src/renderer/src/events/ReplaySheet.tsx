/** Replay in two steps: first what it would do, then doing it. */
import { type JSX, useEffect, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { ReplayResult } from '../../../shared/contract/views.ts';
import type { ReplayWish } from '../state/inbox.ts';
import { useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { count, plural } from '../ui/format.ts';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';

export function ReplaySheet({ wish, onClose }: { readonly wish: ReplayWish | null; readonly onClose: () => void }): JSX.Element {
  const { inbox } = useStores();
  const [preview, setPreview] = useState<ReplayResult | null>(null);
  const [done, setDone] = useState<ReplayResult | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setPreview(null);
    setDone(null);
    setError(null);
    if (wish === null) return;
    let current = true;
    void inbox.replay(wish, true).then((answer) => {
      if (!current) return;
      setPreview(answer.result);
      setError(answer.error);
    });
    return () => {
      current = false;
    };
  }, [wish, inbox]);
  const run = async () => {
    if (wish === null) return;
    setBusy(true);
    const answer = await inbox.replay(wish, false);
    setBusy(false);
    setDone(answer.result);
    setError(answer.error);
  };
  const result = done ?? preview;
  return (
    <Sheet
      title={done ? 'Replayed' : 'Replay'}
      isOpen={wish !== null}
      onClose={onClose}
      footer={
        done ? (
          <Button onPress={onClose}>Close</Button>
        ) : (
          <>
            <Button onPress={onClose}>Not now</Button>
            <Button look="primary" isDisabled={busy || preview === null || preview.entries === 0} onPress={() => void run()}>
              {busy ? 'Replaying…' : 'Replay'}
            </Button>
          </>
        )
      }
    >
      {result === null && error === null ? <Waiting rows={3} label="Trying it without changing anything" /> : null}
      {result ? (
        <>
          <p className="soft">
            {done ? 'This is what happened.' : 'Tried without changing anything. This is what would happen; a status never goes back.'}
          </p>
          <dl className="facts num replay">
            <dt>Entries read again</dt>
            <dd>{count(result.entries)}</dd>
            <dt>Applied</dt>
            <dd>{count(result.applied)}</dd>
            <dt>Nothing new in them</dt>
            <dd>{count(result.unchanged)}</dd>
            <dt>Ignored</dt>
            <dd>{count(result.ignored)}</dd>
            <dt>Still not understood</dt>
            <dd>{count(result.quarantined)}</dd>
            <dt>Effect</dt>
            <dd>
              <b>
                {result.messagesChanged === 0
                  ? 'no message changes'
                  : `${plural(result.messagesChanged, 'message')} ${done ? 'changed' : result.messagesChanged === 1 ? 'changes' : 'change'}`}
              </b>
            </dd>
          </dl>
        </>
      ) : null}
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}
