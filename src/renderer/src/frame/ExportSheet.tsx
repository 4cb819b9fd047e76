/** Export what a filter matches: choose, watch, cancel, save. */
import { type JSX, useState } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { useStore } from 'zustand';
import { isNarrowed } from '../state/filter.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { RadioRows, Switch } from '../ui/Choice.tsx';
import { bytes, count, plural } from '../ui/format.ts';
import { Note, Problem } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';

const FORMATS = [
  { value: 'csv', label: 'CSV', help: 'For a spreadsheet. One line for each message.' },
  { value: 'ndjson', label: 'NDJSON', help: 'For a program. One JSON object on each line.' },
] as const;

export function ExportSheet(): JSX.Element {
  const { exports } = useStores();
  const { wish, current, error, saved, starting } = useStore(exports.state);
  const [format, setFormat] = useState<'csv' | 'ndjson'>('csv');
  const shared = useApp((state) => state.status?.settings.sharedScreen ?? false);
  const [chosen, setRedact] = useState<boolean | null>(null);
  const redact = chosen ?? shared;
  const running = current?.state === 'running';
  const done = current?.state === 'done';
  return (
    <Sheet title="Export messages" isOpen={wish !== null} onClose={exports.close} footer={<Actions format={format} redact={redact} />}>
      {current === null ? (
        <>
          <p className="soft">
            {wish && isNarrowed(wish)
              ? 'Everything that the filter matches now is written to one file.'
              : 'Every message in your log is written to one file.'}{' '}
            The intake goes on meanwhile.
          </p>
          <RadioRows label="Format" value={format} options={FORMATS} onChange={setFormat} isDisabled={starting} />
          <Switch
            label="Leave out who"
            help="Numbers are cut to their last three digits; names and texts are left out. For passing on to somebody else."
            on={redact}
            onChange={setRedact}
          />
        </>
      ) : null}
      {current ? (
        <div className="export-progress">
          <ProgressBar
            aria-label="Export"
            value={done ? 1 : current.total === 0 ? 0 : current.rows}
            maxValue={done ? 1 : Math.max(1, current.total)}
            className="progress"
          >
            {({ percentage }) => <i style={{ inlineSize: `${percentage ?? 0}%` }} />}
          </ProgressBar>
          <p className="num" role="status">
            {running ? `${count(current.rows)} of ${count(current.total)} messages written` : null}
            {done ? `${plural(current.rows, 'message')}, ${bytes(current.bytes)}. Ready to save as ${current.fileName}.` : null}
            {current.state === 'cancelled' ? 'Cancelled. Nothing was kept.' : null}
            {current.state === 'failed' ? `This export stopped: ${current.error ?? 'the file could not be written.'}` : null}
          </p>
          {done && current.fingerprint ? (
            <div className="fingerprint">
              <span className="small faint">Fingerprint. A file is checked against it with npm run verify -- FILE.</span>
              <code className="mono small">{current.fingerprint.replace(/.{8}/g, '$& ').trim()}</code>
            </div>
          ) : null}
          {done && current.redacted ? <p className="small faint">Numbers are cut, names and texts are left out.</p> : null}
        </div>
      ) : null}
      {saved ? <Note tone="good">{saved}</Note> : null}
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}

function Actions({ format, redact }: { readonly format: 'csv' | 'ndjson'; readonly redact: boolean }): JSX.Element {
  const { exports } = useStores();
  const { current, saved, starting } = useStore(exports.state);
  if (current === null)
    return (
      <>
        <Button onPress={exports.close}>Not now</Button>
        <Button look="primary" isDisabled={starting} onPress={() => void exports.start({ format, redact })}>
          {starting ? 'Starting…' : 'Export'}
        </Button>
      </>
    );
  if (current.state === 'running') return <Button onPress={() => void exports.cancel()}>Cancel export</Button>;
  return (
    <>
      <Button onPress={exports.again}>Export again</Button>
      {current.state === 'done' ? (
        <Button look={saved ? 'plain' : 'primary'} onPress={() => void exports.save()}>
          {saved ? 'Save again' : 'Save file'}
        </Button>
      ) : null}
      {saved || current.state !== 'done' ? <Button onPress={exports.close}>Close</Button> : null}
    </>
  );
}
