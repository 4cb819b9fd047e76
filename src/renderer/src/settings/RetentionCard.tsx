/** How long each kind is kept. A shorter period says first what it would remove. */
import { type JSX, useEffect, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { PrivacyView, RetentionDays, RetentionKind, RetentionPreview } from '../../../shared/contract/privacy.ts';
import { useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Select } from '../ui/Choice.tsx';
import { bytes, plural, timeWithDay } from '../ui/format.ts';
import { Problem } from '../ui/Problem.tsx';

const KINDS: readonly {
  readonly kind: RetentionKind;
  readonly label: string;
  readonly help: string;
  readonly one: string;
  readonly many?: string;
}[] = [
  { kind: 'messages', label: 'Messages', help: 'With their receipts, counted from the last news.', one: 'message' },
  {
    kind: 'bodies',
    label: 'What arrived, to the letter',
    help: 'That it came stays known as long as its message.',
    one: 'event to the letter',
    many: 'events to the letter',
  },
  { kind: 'deadLetters', label: 'Quarantined events', help: 'What was not understood, for replaying after an update.', one: 'quarantined event' },
  { kind: 'ignored', label: 'Ignored events and repeats', help: 'They say nothing new.', one: 'ignored event' },
  { kind: 'waiting', label: 'Waiting for their message', help: 'Then they count as ignored.', one: 'waiting event' },
  { kind: 'gaps', label: 'Gaps and catching up', help: 'Kept in any case while a message was on its way then.', one: 'gap' },
  { kind: 'exports', label: 'Exported files', help: 'In the data folder; what you saved elsewhere is yours.', one: 'file' },
];
const STEPS = [1, 7, 14, 30, 90, 180, 365, 730, 1825];
const FOREVER = 'forever';

function wordsFor(days: number): string {
  return days % 365 === 0 ? plural(days / 365, 'year') : plural(days, 'day');
}

function optionsFor(now: number | null) {
  const days = now === null || STEPS.includes(now) ? STEPS : [...STEPS, now].sort((a, b) => a - b);
  return [...days.map((value) => ({ value: String(value), label: wordsFor(value) })), { value: FOREVER, label: 'Until I remove it' }];
}

export function RetentionCard({ view }: { readonly view: PrivacyView }): JSX.Element {
  const { privacy } = useStores();
  const [days, setDays] = useState<RetentionDays>(view.retention);
  const [preview, setPreview] = useState<RetentionPreview | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [busy, setBusy] = useState(false);
  const changed = KINDS.some(({ kind }) => days[kind] !== view.retention[kind]);
  useEffect(() => {
    setPreview(null);
    if (!changed) return;
    let asked = true;
    void privacy.wouldRemove(days).then((answer) => {
      if (!asked) return;
      if (answer.ok) setPreview(answer.value);
      setError(answer.ok ? null : answer.error);
    });
    return () => {
      asked = false;
    };
  }, [changed, days, privacy]);
  const apply = async () => {
    setBusy(true);
    setError(await privacy.keepFor(days));
    setBusy(false);
  };
  return (
    <div className="card">
      <header>
        <h3>How long things are kept</h3>
      </header>
      <ul className="periods">
        {KINDS.map(({ kind, label, help }) => (
          <li key={kind} className="setting">
            <span>
              <b>{label}</b>
              <span className="help">{help}</span>
            </span>
            <Select
              label={`${label}: kept for`}
              value={days[kind] === null ? FOREVER : String(days[kind])}
              options={optionsFor(view.retention[kind])}
              onChange={(value) => setDays({ ...days, [kind]: value === FOREVER ? null : Number(value) })}
            />
          </li>
        ))}
      </ul>
      {changed ? (
        <div className="periods-change">
          <p role="status">{preview === null ? 'Counting what this would remove…' : removalWords(preview)}</p>
          <Button onPress={() => setDays(view.retention)}>Undo</Button>
          <Button look={preview !== null && removes(preview) ? 'danger' : 'plain'} isDisabled={busy || preview === null} onPress={() => void apply()}>
            Save these periods
          </Button>
        </div>
      ) : (
        <p className="small faint">
          {view.lastSweep
            ? `Last looked through ${timeWithDay(view.lastSweep.at, Date.now())}.`
            : 'Looked through a minute after the start, and then daily.'}
        </p>
      )}
      {error ? <Problem error={error} /> : null}
    </div>
  );
}

function removes(preview: RetentionPreview): boolean {
  return Object.values(preview).some(({ rows }) => rows > 0);
}

function removalWords(preview: RetentionPreview): string {
  const parts = KINDS.flatMap(({ kind, one, many }) => (preview[kind].rows === 0 ? [] : [plural(preview[kind].rows, one, many ?? `${one}s`)]));
  if (parts.length === 0) return 'This removes nothing now.';
  const size = Object.values(preview).reduce((sum, { bytes: some }) => sum + some, 0);
  return `This removes ${parts.join(', ')} now${size > 0 ? `, ${bytes(size)} in all` : ''}. It cannot be undone.`;
}
