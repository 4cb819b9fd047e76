/** Copies of the records: what there is, one more now, and the way back to one. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { BackupKind, BackupView, RecoveryReport } from '../../../shared/contract/storage.ts';
import { useAwake, useNow, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { bytes, dayOf, fullTime, plural, timeWithDay } from '../ui/format.ts';
import { Empty, Note, Problem, Waiting } from '../ui/Problem.tsx';
import { BackupSheet } from './BackupSheet.tsx';
import './backups.css';

export function BackupsCard(): JSX.Element {
  const { backups } = useStores();
  useAwake(backups);
  const { shelf, making, error, storage } = useStore(backups.state);
  const running = shelf.value?.running ?? null;
  const busy = making || running !== null;
  return (
    <section aria-label="Backups">
      <h2>Backups</h2>
      <div className="card backups">
        <div className="backups-head">
          <p className="soft">{shelf.value?.words ?? 'Copies of your records on this computer.'}</p>
          <Button isDisabled={busy} onPress={() => void backups.make()}>
            {busy ? 'Backing up…' : 'Back up now'}
          </Button>
        </div>
        {running === null ? null : <progress aria-label="Copying your records" max={1} value={running} />}
        {error ? <Problem error={error} /> : null}
        {shelf.value?.problem ? (
          <Note tone="bad">The last backup could not be made: {shelf.value.problem}. It is tried again every hour.</Note>
        ) : null}
        {storage?.lastRecovery ? <LastRecovery report={storage.lastRecovery} /> : null}
        <Shelf />
      </div>
      <BackupSheet />
    </section>
  );
}

function Shelf(): JSX.Element {
  const { backups } = useStores();
  const shelf = useStore(backups.state, (state) => state.shelf);
  if (shelf.value === null) return shelf.error ? <Problem error={shelf.error} /> : <Waiting rows={3} label="Looking for backups" />;
  if (shelf.value.backups.length === 0)
    return <Empty title="No backup yet">The first one is made by itself within minutes of your first messages, or now if you ask for it.</Empty>;
  return (
    <ul className="shelf" aria-label="Backups, newest first">
      {shelf.value.backups.map((backup) => (
        <ShelfRow key={backup.id} backup={backup} />
      ))}
    </ul>
  );
}

const KINDS: Readonly<Record<BackupKind, string>> = { daily: 'made by itself', asked: 'asked for', migration: 'from before an update' };

function ShelfRow({ backup }: { readonly backup: BackupView }): JSX.Element {
  const { backups } = useStores();
  const now = useNow(60_000);
  const when = timeWithDay(backup.createdAt, now);
  return (
    <li>
      <span className="num" title={fullTime(backup.createdAt)}>
        {when}
      </span>
      <span className="faint">{KINDS[backup.kind]}</span>
      <span className="num soft">{backup.facts === null ? '' : plural(backup.facts.messages, 'message')}</span>
      <span className="num faint">{bytes(backup.bytes)}</span>
      <Button look="link" aria-label={`Look into the backup of ${when}`} onPress={() => void backups.look(backup.id)}>
        Look inside
      </Button>
    </li>
  );
}

/** What became of the records the last time that they were damaged or put back. */
function LastRecovery({ report }: { readonly report: RecoveryReport }): JSX.Element {
  const now = useNow(60_000);
  const title = { recovered: 'Recovered', restored: 'Put back', 'not-restored': 'Not put back' }[report.kind];
  return (
    <details className="recovery">
      <summary>
        {title} {timeWithDay(report.at, now)}
        {report.keptUntil === null || report.setAside === null ? '' : `; the records from before are kept until ${dayOf(report.keptUntil, now)}`}
      </summary>
      {report.kind === 'recovered' ? <p className="soft">What was found: {report.why}.</p> : null}
      <ul>
        {report.words.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </details>
  );
}
