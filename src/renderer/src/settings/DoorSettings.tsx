/** How receipts reach this account: the way in, opened, closed or changed. */
import { type JSX, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { AccountView, TunnelSettings } from '../../../shared/contract/views.ts';
import { type DoorKind, tunnelOf } from '../state/connect.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { RadioRows } from '../ui/Choice.tsx';
import { DOOR_OPTIONS } from '../ui/doors.ts';
import { Field } from '../ui/Field.tsx';
import { lengthOf, timeWithDay } from '../ui/format.ts';
import { Problem } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';

const KIND_WORD: Readonly<Record<TunnelSettings['kind'], string>> = {
  localtunnel: 'localtunnel',
  'own-url': 'your own address',
  local: 'inside this computer',
  none: 'none, only asking',
};

export function DoorSettings({ account }: { readonly account: AccountView }): JSX.Element {
  const { api, app } = useStores();
  const intake = useApp((state) => state.intakes[account.id]);
  const [changing, setChanging] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const now = Date.now();
  const isOpen = intake !== undefined && intake.state !== 'off';
  const toggle = async () => {
    setError(null);
    const answer = await api.request(isOpen ? 'intake.close' : 'intake.open', { account: account.id });
    if (!answer.ok) setError(answer.error);
    app.refresh();
  };
  const poll = async () => {
    setError(null);
    const answer = await api.request('polling.now', { account: account.id });
    if (!answer.ok) setError(answer.error);
    app.refresh();
  };
  return (
    <>
      <dl className="lines num">
        <dt>Way in</dt>
        <dd>
          {intake ? intake.words : 'Asking how receipts reach us.'} <span className="faint">({KIND_WORD[account.tunnel.kind]})</span>
          {intake?.publicUrl && !intake.words.includes(intake.publicUrl) ? <span className="mono address clip">{intake.publicUrl}</span> : null}
          {intake?.lastProofAt ? (
            <span className="small faint">
              Last proven {timeWithDay(intake.lastProofAt, now)}
              {intake.lastProofMs === null ? '' : `, in ${lengthOf(intake.lastProofMs)}`}
            </span>
          ) : null}
        </dd>
        <dd className="act">
          {account.demo ? null : <Button onPress={() => setChanging(true)}>Change…</Button>}
          <Button onPress={() => void toggle()}>{isOpen ? 'Close' : 'Open'}</Button>
        </dd>
        <dt>Polling</dt>
        <dd>{intake ? intake.polling.words : ''}</dd>
        <dd className="act">
          <Button onPress={() => void poll()}>Ask now</Button>
        </dd>
      </dl>
      {error ? <Problem error={error} /> : null}
      <ChangeSheet account={account} isOpen={changing} onClose={() => setChanging(false)} />
    </>
  );
}

function ChangeSheet({
  account,
  isOpen,
  onClose,
}: {
  readonly account: AccountView;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}): JSX.Element {
  const { api, app } = useStores();
  const { tunnel } = account;
  const [kind, setKind] = useState<DoorKind>(tunnel.kind === 'local' ? 'none' : tunnel.kind);
  const [host, setHost] = useState(tunnel.kind === 'localtunnel' ? tunnel.host : '');
  const [url, setUrl] = useState(tunnel.kind === 'own-url' ? tunnel.url : '');
  const [error, setError] = useState<RequestError | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    setError(null);
    const answer = await api.request('intake.open', { account: account.id, tunnel: tunnelOf(kind, host, url) });
    setBusy(false);
    if (!answer.ok) return setError(answer.error);
    app.refresh();
    onClose();
  };
  return (
    <Sheet
      title="How receipts reach this computer"
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Not now</Button>
          <Button look="primary" isDisabled={busy || (kind === 'own-url' && !/^https?:\/\/./.test(url.trim()))} onPress={() => void save()}>
            {busy ? 'Opening…' : 'Use this'}
          </Button>
        </>
      }
    >
      <RadioRows<DoorKind> label="Way in" value={kind} options={DOOR_OPTIONS} onChange={setKind} />
      {kind === 'own-url' ? <Field label="Your address" value={url} onChange={setUrl} placeholder="https://receipts.example.com" /> : null}
      {kind === 'localtunnel' ? (
        <Field label="Server" value={host} onChange={setHost} placeholder="https://localtunnel.me" help="Empty means the public one." />
      ) : null}
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}
