/** What an erasure did: enough to answer whoever asked for it, and nothing by which they could be found. */
import { type JSX, useState } from 'react';
import type { ErasureView } from '../../../shared/contract/privacy.ts';
import { Button } from '../ui/Button.tsx';
import { count, fullTime } from '../ui/format.ts';
import { Icon } from '../ui/Icon.tsx';
import { Note } from '../ui/Problem.tsx';

/** In the order in which they are shown; what the engine counts beyond these is its own affair. */
const WORDS: readonly (readonly [string, string])[] = [
  ['messages', 'Messages'],
  ['receipts', 'Receipts'],
  ['groupMessages', 'Group messages that go on without them'],
  ['entriesRemoved', 'Events removed'],
  ['entriesRewritten', 'Events that speak of others too, cleaned'],
  ['contacts', 'Names'],
  ['aliases', 'Hidden addresses'],
  ['otherRows', 'Other mentions'],
  ['copiesCleaned', 'Backups cleaned'],
  ['copiesRemoved', 'Backups removed, because they could not be cleaned'],
  ['exportsRemoved', 'Exported files removed'],
  ['filesRewritten', 'Other files cleaned'],
];

export function ErasureReceipt({ erasure }: { readonly erasure: ErasureView }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const { counts } = erasure;
  const left = counts.left ?? 0;
  const copy = () =>
    navigator.clipboard.writeText(JSON.stringify(erasure, null, 2)).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <>
      <dl className="facts num">
        <dt>Number</dt>
        <dd>ends with {erasure.tail}</dd>
        <dt>Asked</dt>
        <dd>{fullTime(erasure.askedAt)}</dd>
        <dt>Done</dt>
        <dd>{erasure.finishedAt === null ? 'not yet' : fullTime(erasure.finishedAt)}</dd>
        {WORDS.map(([name, words]) => (counts[name] ? <Count key={name} words={words} value={counts[name]} /> : null))}
        <dt>Looked through at the end</dt>
        <dd>{count(counts.filesRead ?? 0)} files, as bytes</dd>
      </dl>
      {left === 0 ? (
        <Note tone="good">The number stands in none of them any more.</Note>
      ) : (
        <Note tone="bad">The number still stands in {count(left)} of them, which are not Tickline's own. Look through the data folder.</Note>
      )}
      <p className="small faint">
        The receipt holds no number, only a fingerprint that this database can compare. It lies in the data folder as receipts/erasure-{erasure.id}
        .json.
      </p>
      <p className="receipt-copy">
        <Button onPress={() => void copy()}>
          <Icon name="copy" size={14} /> Copy the receipt
        </Button>
        <span className="small faint" role="status">
          {copied ? 'Copied as JSON.' : ''}
        </span>
      </p>
    </>
  );
}

function Count({ words, value }: { readonly words: string; readonly value: number }): JSX.Element {
  return (
    <>
      <dt>{words}</dt>
      <dd>{count(value)}</dd>
    </>
  );
}
