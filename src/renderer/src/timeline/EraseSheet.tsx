/** Erasing a contact in two steps: first what would go, then doing it and showing the receipt. */
import { type JSX, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { ErasePreviewView, ErasureView } from '../../../shared/contract/privacy.ts';
import type { Whom } from '../state/privacy.ts';
import { useAwake, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { count, plural } from '../ui/format.ts';
import { Note, Problem, Waiting } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { ErasureReceipt } from './ErasureReceipt.tsx';

export function EraseSheet({ whom, onClose }: { readonly whom: Whom | null; readonly onClose: (erased: boolean) => void }): JSX.Element {
  const { privacy } = useStores();
  const [preview, setPreview] = useState<ErasePreviewView | null>(null);
  const [begun, setBegun] = useState<ErasureView | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [busy, setBusy] = useState(false);
  const current = useStore(privacy.state, (state) => state.value?.erasures.find((one) => one.id === begun?.id)) ?? begun;
  useAwake(privacy);
  useEffect(() => {
    setPreview(null);
    setBegun(null);
    setError(null);
    if (whom === null) return;
    let asked = true;
    void privacy.preview(whom).then((answer) => {
      if (!asked) return;
      if (answer.ok) setPreview(answer.value);
      else setError(answer.error);
    });
    return () => {
      asked = false;
    };
  }, [whom, privacy]);
  const close = () => onClose(begun !== null);
  const run = async () => {
    if (whom === null) return;
    setBusy(true);
    const answer = await privacy.erase(whom);
    setBusy(false);
    if (answer.ok) setBegun(answer.value);
    else setError(answer.error);
  };
  return (
    <Sheet
      title={current === null ? 'Erase this contact' : current.state === 'done' ? 'Contact erased' : 'Erasing'}
      isOpen={whom !== null}
      onClose={close}
      footer={
        current === null ? (
          <>
            <Button onPress={close}>Not now</Button>
            <Button look="danger" isDisabled={busy || preview === null} onPress={() => void run()}>
              {busy ? 'Erasing…' : 'Erase for good'}
            </Button>
          </>
        ) : (
          <Button onPress={close}>Close</Button>
        )
      }
    >
      {error ? <Problem error={error} /> : null}
      {preview === null && current === null && error === null ? <Waiting rows={4} label="Looking for this contact in every file" /> : null}
      {preview !== null && current === null ? <Preview preview={preview} /> : null}
      {current?.state === 'running' ? (
        <p role="status">
          Going through everything that is kept. You can close this; it goes on by itself, also after a restart. Webhooks are still kept meanwhile.
        </p>
      ) : null}
      {current?.state === 'done' ? <ErasureReceipt erasure={current} /> : null}
    </Sheet>
  );
}

function Preview({ preview }: { readonly preview: ErasePreviewView }): JSX.Element {
  const { copies, exports, others } = preview.files;
  return (
    <>
      <p className="soft">Nothing has changed yet. This is kept about {preview.addresses.join(', ')}, and all of it would go:</p>
      <dl className="facts num">
        <dt>Messages to them</dt>
        <dd>{count(preview.messages)}</dd>
        <dt>Group messages</dt>
        <dd>{preview.groupMessages === 0 ? 'none' : `${count(preview.groupMessages)}; they stay, without this person`}</dd>
        <dt>Events</dt>
        <dd>{count(preview.entries)}</dd>
        <dt>Names</dt>
        <dd>{count(preview.names)}</dd>
        <dt>Files</dt>
        <dd>
          {copies + exports + others === 0
            ? 'none'
            : [
                copies > 0 ? plural(copies, 'backup', 'backups') : '',
                exports > 0 ? plural(exports, 'export', 'exports') : '',
                others > 0 ? plural(others, 'other file', 'other files') : '',
              ]
                .filter((words) => words !== '')
                .join(', ')}
        </dd>
      </dl>
      <Note tone="warn">
        This cannot be undone. Backups are cleaned too, and those that cannot be are removed. What comes about this contact later is not kept, until
        you allow it under Settings, Privacy. Files that you saved elsewhere are yours to remove.
      </Note>
    </>
  );
}
