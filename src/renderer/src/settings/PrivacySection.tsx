/** What is kept and for how long, who sees it, and who was erased. */
import { type JSX, useState } from 'react';
import { useStore } from 'zustand';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { ErasureView } from '../../../shared/contract/privacy.ts';
import type { Whom } from '../state/privacy.ts';
import { useApp, useAwake, useStores } from '../state/stores.ts';
import { EraseSheet } from '../timeline/EraseSheet.tsx';
import { ErasureReceipt } from '../timeline/ErasureReceipt.tsx';
import { Button } from '../ui/Button.tsx';
import { Switch } from '../ui/Choice.tsx';
import { Field } from '../ui/Field.tsx';
import { dayOf } from '../ui/format.ts';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { RetentionCard } from './RetentionCard.tsx';

export function PrivacySection(): JSX.Element {
  const { app, privacy } = useStores();
  const settings = useApp((state) => state.status?.settings);
  const { phase, value, error } = useStore(privacy.state);
  const [failed, setFailed] = useState<RequestError | null>(null);
  useAwake(privacy);
  return (
    <section aria-label="Privacy">
      <h2>Privacy</h2>
      <div className="card">
        <Switch
          label="Store the text of messages"
          help="Off: texts are cut out before anything is written. On: texts of messages from now on are kept on this computer and can be searched."
          on={settings?.storeText ?? false}
          onChange={(storeText) => void app.put({ storeText }).then(setFailed)}
        />
        <Switch
          label="Others see this screen"
          help="Numbers are cut to their last three digits and names to their initials, everywhere in this window and in exports unless you say otherwise."
          on={settings?.sharedScreen ?? false}
          onChange={(on) => void privacy.shareScreen(on).then(setFailed)}
        />
        {failed ? <Problem error={failed} /> : null}
      </div>
      {error ? <Problem error={error} onRetry={privacy.refresh} /> : null}
      {phase === 'loading' ? <Waiting rows={5} label="Asking for the periods" /> : null}
      {value ? <RetentionCard key={JSON.stringify(value.retention)} view={value} /> : null}
      {value ? <Erasures erasures={value.erasures} /> : null}
    </section>
  );
}

function Erasures({ erasures }: { readonly erasures: readonly ErasureView[] }): JSX.Element {
  const [number, setNumber] = useState('');
  const [whom, setWhom] = useState<Whom | null>(null);
  const [shown, setShown] = useState<ErasureView | null>(null);
  return (
    <div className="card">
      <header>
        <h3>Erase a contact</h3>
      </header>
      <form
        className="erase-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (number.trim() !== '') setWhom({ recipient: number.trim() });
        }}
      >
        <Field
          label="Their number"
          help="With its country code. Everything about it goes: messages, events, names, exports and backups. You see first what there is."
          value={number}
          onChange={setNumber}
          placeholder="+44 7700 900219"
          inputMode="tel"
          autoComplete="off"
        />
        <Button type="submit" isDisabled={number.trim().length < 3}>
          Show what there is
        </Button>
      </form>
      {erasures.length > 0 ? (
        <ul className="erasures" aria-label="Contacts that were erased">
          {erasures.map((erasure) => (
            <ErasureRow key={erasure.id} erasure={erasure} onShow={() => setShown(erasure)} />
          ))}
        </ul>
      ) : null}
      <EraseSheet
        whom={whom}
        onClose={() => {
          setWhom(null);
          setNumber('');
        }}
      />
      <Sheet
        title="Receipt of an erasure"
        isOpen={shown !== null}
        onClose={() => setShown(null)}
        footer={<Button onPress={() => setShown(null)}>Close</Button>}
      >
        {shown ? <ErasureReceipt erasure={shown} /> : null}
      </Sheet>
    </div>
  );
}

function ErasureRow({ erasure, onShow }: { readonly erasure: ErasureView; readonly onShow: () => void }): JSX.Element {
  const { privacy } = useStores();
  const [error, setError] = useState<RequestError | null>(null);
  const { tail, state, askedAt, liftedAt } = erasure;
  const now = Date.now();
  return (
    <li>
      <span>
        <b className="num">··· {tail}</b>
        <span className="small soft">
          {state === 'running' ? 'is being erased' : `erased on ${dayOf(askedAt, now)}`}
          {liftedAt === null ? '; nothing new is kept' : `; kept again since ${dayOf(liftedAt, now)}`}
        </span>
      </span>
      <Button look="link" isDisabled={state === 'running'} onPress={onShow} aria-label={`Receipt of the erasure of the number ending with ${tail}`}>
        Receipt
      </Button>
      {state === 'done' && liftedAt === null ? (
        <Button
          look="link"
          onPress={() => void privacy.allow(erasure.id).then(setError)}
          aria-label={`Allow the number ending with ${tail} to be kept again`}
        >
          Allow again
        </Button>
      ) : null}
      {error ? <Problem error={error} /> : null}
    </li>
  );
}
