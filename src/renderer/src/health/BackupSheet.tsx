/** What is in a backup against what is there now, and the button that goes back to it. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { BackupPreview } from '../../../shared/contract/storage.ts';
import { useNow, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { count, plural, timeWithDay } from '../ui/format.ts';
import { Note, Problem, Waiting } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';

export function BackupSheet(): JSX.Element {
  const { backups } = useStores();
  const { wish, preview, restoring } = useStore(backups.state);
  const good = preview.value?.good === true;
  return (
    <Sheet
      title="Put this backup back?"
      isOpen={wish !== null}
      onClose={backups.close}
      alert={restoring}
      footer={
        <>
          <Button onPress={backups.close}>{restoring ? 'Close' : 'Keep things as they are'}</Button>
          <Button look="primary" isDisabled={!good || restoring} onPress={() => void backups.restore()}>
            {restoring ? 'Putting it back…' : 'Put it back'}
          </Button>
        </>
      }
    >
      {preview.value === null && preview.error === null ? <Waiting rows={4} label="Opening the backup and reading every page of it" /> : null}
      {preview.value === null ? null : <Comparison preview={preview.value} />}
      {preview.error ? <Problem error={preview.error} /> : null}
      {restoring ? (
        <Note>Tickline stops, puts the backup back and starts again. Webhooks that arrive meanwhile are turned away and may be sent again.</Note>
      ) : null}
    </Sheet>
  );
}

function Comparison({ preview }: { readonly preview: BackupPreview }): JSX.Element {
  const time = useNow(60_000);
  const { inBackup, now, lost } = preview;
  if (inBackup === null) return <Note tone="bad">{preview.words}</Note>;
  const when = (at: number | null) => (at === null ? 'none' : timeWithDay(at, time));
  const rows: readonly (readonly [string, string, string])[] = [
    ['Messages', count(inBackup.messages), count(now.messages)],
    ['Events kept', count(inBackup.entries), count(now.entries)],
    ['Accounts', count(inBackup.accounts), count(now.accounts)],
    ['Newest message', when(inBackup.newestMessageAt), when(now.newestMessageAt)],
    ['Newest event', when(inBackup.newestEntryAt), when(now.newestEntryAt)],
  ];
  return (
    <>
      <table className="comparison num">
        <thead>
          <tr>
            <td />
            <th scope="col">In the backup</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, before, after]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{before}</td>
              <td>{after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {lost.entries + lost.messages === 0 ? null : (
          <b>
            {plural(lost.entries, 'event')} and {plural(lost.messages, 'new message')} would no longer be here.{' '}
          </b>
        )}
        {preview.words}
      </p>
    </>
  );
}
