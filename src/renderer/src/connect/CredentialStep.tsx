import type { FormEvent, JSX } from 'react';
import { useStore } from 'zustand';
import type { ProviderInfo } from '../../../shared/contract/views.ts';
import { type CredentialKind, fieldsFor } from '../state/connect.ts';
import { useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { RadioRows } from '../ui/Choice.tsx';
import { Field } from '../ui/Field.tsx';
import { Note } from '../ui/Problem.tsx';

const KINDS = [
  {
    value: 'token',
    label: 'Personal access token',
    help: 'Recommended. Tickline finds your sessions, shows the QR code and sets up receipts by itself.',
  },
  {
    value: 'key',
    label: 'Session API key alone',
    help: 'For one session that is connected already. You set the webhook address at WASenderApi yourself; no QR code here.',
  },
] as const;

export function CredentialStep(): JSX.Element | null {
  const { connect } = useStores();
  const state = useStore(connect.state);
  if (state.provider.value === null) return null;
  const fields = fieldsFor(state.provider.value, state.kind);
  const [main, more] = [fields.filter((field) => field.secret), fields.filter((field) => !field.secret)];
  const needed = main[0]?.name ?? '';
  // a key that was saved once is not shown again; leaving the field empty keeps it
  const ready = (state.values[needed] ?? '').trim() !== '' || state.account !== null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) void connect.submitCredential();
  };
  return (
    <form onSubmit={submit}>
      <h1>Which key do you have?</h1>
      <RadioRows<CredentialKind> label="Kind of key" value={state.kind} options={KINDS} onChange={(kind) => connect.change({ kind })} />
      {main.map((field, index) => (
        <FieldOf key={field.name} field={field} index={index} />
      ))}
      <Field
        label="Name of this account"
        value={state.name}
        onChange={(name) => connect.change({ name })}
        placeholder="My shop"
        help="Only for you, to tell accounts apart."
      />
      {more.length > 0 ? (
        <details>
          <summary>More settings</summary>
          {more.map((field) => (
            <FieldOf key={field.name} field={field} index={1} />
          ))}
        </details>
      ) : null}
      <Note>Keys are encrypted on this computer and never shown again, only replaced.</Note>
      <div className="step-actions">
        <Button look="primary" type="submit" isDisabled={!ready || state.busy}>
          {state.busy ? 'Trying the key…' : 'Go on'}
        </Button>
      </div>
    </form>
  );
}

function FieldOf({ field, index }: { readonly field: ProviderInfo['fields'][number]; readonly index: number }): JSX.Element {
  const { connect } = useStores();
  const value = useStore(connect.state, (state) => state.values[field.name] ?? '');
  return (
    <Field
      label={index === 0 || !field.secret ? field.label : `${field.label} (if you have it)`}
      help={field.help}
      value={value}
      onChange={(next) => connect.type(field.name, next)}
      type={field.secret ? 'password' : 'text'}
      autoComplete="off"
      mono={field.secret}
    />
  );
}
