import { type JSX, useState } from 'react';
import { useStore } from 'zustand';
import type { DoorKind } from '../state/connect.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { RadioRows } from '../ui/Choice.tsx';
import { DOOR_OPTIONS } from '../ui/doors.ts';
import { Field } from '../ui/Field.tsx';
import { lengthOf } from '../ui/format.ts';
import { Icon } from '../ui/Icon.tsx';
import { Note } from '../ui/Problem.tsx';

/** How receipts get from the internet to this computer. */
export function DoorStep(): JSX.Element {
  const { connect, router } = useStores();
  const state = useStore(connect.state);
  const account = useApp(({ accounts }) => accounts?.find((one) => one.id === state.account));
  const intake = useApp(({ intakes }) => (state.account === null ? undefined : intakes[state.account]));
  const chosen = state.sessions.value?.find((one) => one.id === state.choice);
  const other = chosen?.webhookUrl && !(account && chosen.webhookUrl.endsWith(account.webhookPath)) ? chosen.webhookUrl : null;
  const ready = state.door !== 'own-url' || /^https:\/\/./.test(state.ownUrl.trim());
  const finish = () => {
    connect.reset();
    router.go({ screen: 'live' });
  };
  return (
    <>
      <h1>How shall receipts reach this computer?</h1>
      {other ? (
        <Note tone="warn">
          <b>This session reports to another address now:</b> <span className="mono">{other}</span>. While Tickline listens, that program hears
          nothing. Tickline will put it back when it stops.
        </Note>
      ) : null}
      <RadioRows<DoorKind> label="Way in" value={state.door} options={DOOR_OPTIONS} onChange={(door) => connect.change({ door })} />
      {state.door === 'own-url' ? (
        <Field
          label="Your address"
          value={state.ownUrl}
          onChange={(ownUrl) => connect.change({ ownUrl })}
          placeholder="https://receipts.example.com"
          help="An https address that leads to the webhook listener on this computer."
        />
      ) : null}
      {state.door === 'localtunnel' ? (
        <details>
          <summary>Use a localtunnel server of your own</summary>
          <Field label="Server" value={state.host} onChange={(host) => connect.change({ host })} placeholder="https://localtunnel.me" />
        </details>
      ) : null}
      <div className="step-actions">
        <Button look={state.opened ? 'plain' : 'primary'} isDisabled={state.busy || !ready} onPress={() => void connect.openDoor()}>
          {state.busy ? 'Opening…' : state.door === 'none' ? 'Only ask' : state.opened ? 'Open again' : 'Open the way in'}
        </Button>
        {state.opened ? (
          <Button look="primary" onPress={finish}>
            Go to Live
          </Button>
        ) : null}
      </div>
      {state.opened && intake ? (
        <div className={`door-state ${intake.state}`} role="status">
          <p>
            <b>{intake.words}</b>
            {intake.lastProofMs === null ? null : (
              <span className="faint num"> Our own test request came back in {lengthOf(intake.lastProofMs)}.</span>
            )}
          </p>
          {intake.why && intake.state !== 'live' && !intake.words.includes(intake.why.replace(/\.$/, '')) ? (
            <p className="soft">{intake.why}</p>
          ) : null}
          {intake.state === 'polling' && state.door !== 'none' ? (
            <p className="soft">You can go on: until the way in opens, Tickline asks for receipts instead. It keeps trying.</p>
          ) : null}
        </div>
      ) : null}
      {state.opened && state.kind === 'key' && intake?.publicUrl && account ? (
        <PasteAddress url={`${intake.publicUrl}${account.webhookPath}`} />
      ) : null}
    </>
  );
}

/** With a session key alone we may not change the session, so the owner does. */
function PasteAddress({ url }: { readonly url: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(url).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <Note tone="warn">
      <b>One step is yours:</b> at WASenderApi, open this session and set its webhook address to
      <span className="mono paste"> {url} </span>
      <Button onPress={() => void copy()}>
        <Icon name="copy" size={13} /> {copied ? 'Copied' : 'Copy'}
      </Button>
    </Note>
  );
}
