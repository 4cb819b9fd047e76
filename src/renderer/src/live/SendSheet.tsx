/** One test message, sent once and never again by itself. */
import { type JSX, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { RadioRows } from '../ui/Choice.tsx';
import { Field } from '../ui/Field.tsx';
import { Note, Problem } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';

export function SendSheet({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }): JSX.Element {
  const { api, drawer } = useStores();
  const accounts = useApp((state) => state.accounts) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [recipient, setRecipient] = useState('');
  const [text, setText] = useState('This is a test from Tickline.');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const account = accounts.find((one) => one.id === chosen) ?? accounts[0];
  const close = () => {
    setError(null);
    onClose();
  };
  const send = async () => {
    if (account === undefined) return;
    setBusy(true);
    setError(null);
    const answer = await api.request('messages.send', { account: account.id, recipient: recipient.trim(), text });
    setBusy(false);
    if (!answer.ok) return setError(answer.error);
    close();
    if (answer.value.id !== null) drawer.open(account.id, answer.value.id);
  };
  return (
    <Sheet
      title="Send a test"
      isOpen={isOpen}
      onClose={close}
      footer={
        <>
          <Button onPress={close}>Not now</Button>
          <Button look="primary" isDisabled={busy || recipient.trim().length < 3 || text.trim() === ''} onPress={() => void send()}>
            {busy ? 'Sending…' : 'Send once'}
          </Button>
        </>
      }
    >
      {account?.demo ? <Note>This is the demo shop: nothing leaves this computer, any number will do.</Note> : null}
      {accounts.length > 1 && account ? (
        <RadioRows
          label="From"
          value={account.id}
          options={accounts.map((one) => ({ value: one.id, label: one.demo ? `${one.name} (Demo)` : one.name }))}
          onChange={setChosen}
        />
      ) : null}
      <Field
        label="To"
        value={recipient}
        onChange={setRecipient}
        placeholder="+44 7700 900 481"
        help="Best your own phone: a number with its country code, or the address of a group."
        autoFocus
      />
      <Field label="Text" value={text} onChange={setText} rows={3} />
      {error ? <Problem error={error} next={error.code === 'ambiguous_send' ? 'Look at the phone before you send it again.' : undefined} /> : null}
      <p className="small faint">
        It is sent once. If the answer gets lost on the way, it is never repeated by itself, because it may have gone out.
      </p>
    </Sheet>
  );
}
