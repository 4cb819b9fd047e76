import { Fragment, type JSX, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { AccountView } from '../../../shared/contract/views.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { dayOf, minuteTime, timeWithDay } from '../ui/format.ts';
import { Note, Problem } from '../ui/Problem.tsx';
import { fullRecipient } from '../ui/phone.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { DoorSettings } from './DoorSettings.tsx';

type Open = { readonly kind: 'none' | 'rename' | 'remove' } | { readonly kind: 'secret'; readonly slot: string };

export function AccountCard({ account }: { readonly account: AccountView }): JSX.Element {
  const { connect, router } = useStores();
  const [open, setOpen] = useState<Open>({ kind: 'none' });
  const close = () => setOpen({ kind: 'none' });
  const { session } = account;
  const now = Date.now();
  const lost = account.secretsTrouble?.names ?? [];
  const unchosen = session.id === null && account.secrets.some((secret) => secret.name === 'personalAccessToken');
  const scan = () => {
    connect.resume(account.id, unchosen ? 'session' : 'scan');
    if (unchosen) void connect.listSessions();
    router.go({ screen: 'connect', account: account.id });
  };
  return (
    <article className="card" aria-label={account.name}>
      <header>
        <h3>
          {account.name}
          {account.demo ? <span className="tag">Demo</span> : null}
        </h3>
        <span className="small faint">
          {account.providerName}, since {dayOf(account.createdAt, now)}
        </span>
        <span className="bar-end">
          <Button onPress={() => setOpen({ kind: 'rename' })}>Rename…</Button>
          <Button look="danger" onPress={() => setOpen({ kind: 'remove' })}>
            Remove…
          </Button>
        </span>
      </header>
      <dl className="lines num">
        <dt>Session</dt>
        <dd>
          {session.words}
          {session.phone ? <span className="faint"> {fullRecipient(session.phone)}</span> : null}
          {session.since === null ? null : <span className="faint"> since {timeWithDay(session.since, now)}</span>}
        </dd>
        <dd className="act">
          {session.state !== 'connected' && lost.length === 0 && (unchosen || session.id !== null) ? (
            <Button onPress={scan}>{unchosen ? 'Choose a session…' : 'Scan…'}</Button>
          ) : null}
        </dd>
        {account.secrets
          .filter(({ name }) => !lost.includes(name))
          .map((secret) => (
            <SecretLine key={secret.name} account={account} secret={secret} onReplace={() => setOpen({ kind: 'secret', slot: secret.name })} />
          ))}
      </dl>
      {account.secretsTrouble === null ? null : (
        <LostSecrets trouble={account.secretsTrouble} onEnter={(slot) => setOpen({ kind: 'secret', slot })} />
      )}
      <DoorSettings account={account} />
      <RenameSheet account={account} isOpen={open.kind === 'rename'} onClose={close} />
      <RemoveSheet account={account} isOpen={open.kind === 'remove'} onClose={close} />
      <SecretSheet account={account} slot={open.kind === 'secret' ? open.slot : null} onClose={close} />
    </article>
  );
}

function SecretLine(props: {
  readonly account: AccountView;
  readonly secret: AccountView['secrets'][number];
  readonly onReplace: () => void;
}): JSX.Element {
  const now = Date.now();
  const { name, setAt } = props.secret;
  return (
    <>
      <dt>{secretLabel(name)}</dt>
      <dd>
        set on {dayOf(setAt, now)} <span className="faint">at {minuteTime(setAt)}</span>
      </dd>
      <dd className="act">{props.account.demo ? null : <Button onPress={props.onReplace}>Replace…</Button>}</dd>
    </>
  );
}

/** Keys that are saved but can no longer be opened: why, and a way to enter each again. */
function LostSecrets({
  trouble,
  onEnter,
}: {
  readonly trouble: NonNullable<AccountView['secretsTrouble']>;
  readonly onEnter: (slot: string) => void;
}): JSX.Element {
  return (
    <>
      <Note tone="warn">{trouble.words}</Note>
      <dl className="lines num">
        {trouble.names.map((name) => (
          <Fragment key={name}>
            <dt>{secretLabel(name)}</dt>
            <dd>cannot be opened</dd>
            <dd className="act">
              <Button onPress={() => onEnter(name)}>Enter again…</Button>
            </dd>
          </Fragment>
        ))}
      </dl>
    </>
  );
}

const SECRET_LABEL: Readonly<Record<string, string>> = {
  apiKey: 'Session API key',
  personalAccessToken: 'Personal access token',
  webhookSecret: 'Webhook secret',
};

/** The name of a secret as the owner knows it. */
function secretLabel(name: string): string {
  return SECRET_LABEL[name] ?? name;
}

type SheetProps = { readonly account: AccountView; readonly isOpen: boolean; readonly onClose: () => void };

/** Runs one request for a dialog: closes it on success, keeps the failure otherwise. */
function useAction(onDone: () => void) {
  const { app } = useStores();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const run = async (work: () => Promise<{ readonly ok: true } | { readonly ok: false; readonly error: RequestError }>) => {
    setBusy(true);
    setError(null);
    const answer = await work();
    setBusy(false);
    if (!answer.ok) return setError(answer.error);
    app.refresh();
    onDone();
  };
  return { busy, error, run };
}

function RenameSheet({ account, isOpen, onClose }: SheetProps): JSX.Element {
  const { api } = useStores();
  const [name, setName] = useState(account.name);
  const { busy, error, run } = useAction(onClose);
  const save = () => void run(() => api.request('accounts.update', { account: account.id, name: name.trim() }));
  return (
    <Sheet
      title="Rename account"
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Not now</Button>
          <Button look="primary" isDisabled={busy || name.trim() === ''} onPress={save}>
            Rename
          </Button>
        </>
      }
    >
      <Field label="Name" value={name} onChange={setName} autoFocus />
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}

function RemoveSheet({ account, isOpen, onClose }: SheetProps): JSX.Element {
  const { api, router, drawer } = useStores();
  const only = useApp((state) => state.accounts?.length === 1);
  const { busy, error, run } = useAction(() => {
    onClose();
    drawer.close();
    if (only) router.go({ screen: 'welcome' });
  });
  return (
    <Sheet
      alert
      title={`Remove ${account.name}?`}
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Keep it</Button>
          <Button look="danger" isDisabled={busy} onPress={() => void run(() => api.request('accounts.remove', { account: account.id }))}>
            {busy ? 'Removing…' : 'Remove account and log'}
          </Button>
        </>
      }
    >
      <p>
        Its messages, events and keys are deleted from this computer. This cannot be undone. Nothing is deleted at {account.providerName} or on the
        phone.
      </p>
      {account.demo ? null : <p className="soft">Want to keep the log? Export it first.</p>}
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}

function SecretSheet({
  account,
  slot,
  onClose,
}: {
  readonly account: AccountView;
  readonly slot: string | null;
  readonly onClose: () => void;
}): JSX.Element {
  const { api } = useStores();
  const [value, setValue] = useState('');
  const { busy, error, run } = useAction(() => {
    setValue('');
    onClose();
  });
  const label = slot === null ? '' : secretLabel(slot);
  const verb = slot !== null && account.secretsTrouble?.names.includes(slot) ? 'Enter' : 'Replace';
  return (
    <Sheet
      title={`${verb} the ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
      isOpen={slot !== null}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Not now</Button>
          <Button
            look="primary"
            isDisabled={busy || value.trim() === ''}
            onPress={() => void run(() => api.request('accounts.putSecret', { account: account.id, slot: slot ?? '', value: value.trim() }))}
          >
            {verb === 'Enter' ? 'Save' : 'Replace'}
          </Button>
        </>
      }
    >
      <Field
        label={label}
        type="password"
        autoComplete="off"
        mono
        value={value}
        onChange={setValue}
        help="It is encrypted on this computer and never shown again."
        autoFocus
      />
      {error ? <Problem error={error} /> : null}
    </Sheet>
  );
}
