/** Three doors, three quiet rows. */
import { type JSX, useState } from 'react';
import { Button as Door } from 'react-aria-components/Button';
import type { RequestError } from '../../../shared/contract/errors.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Brand, Icon, type IconName } from '../ui/Icon.tsx';
import { Note, Problem } from '../ui/Problem.tsx';
import './welcome.css';

export function WelcomeScreen(): JSX.Element {
  const { api, app, connect, router } = useStores();
  const accounts = useApp((state) => state.accounts) ?? [];
  const demo = useApp((state) => state.demo);
  const [other, setOther] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const openDemo = async () => {
    setBusy(true);
    setError(null);
    const answer = await api.request('demo.start', {});
    setBusy(false);
    if (!answer.ok) return setError(answer.error);
    app.refresh();
    connect.resume(answer.value.accountId, 'scan');
    router.go({ screen: 'connect', account: answer.value.accountId });
  };
  return (
    <main className="welcome">
      <Brand />
      <h1>See whether your WhatsApp messages were sent, delivered and read.</h1>
      <p className="soft lead">Live, on this computer, with nothing lost and nothing made up. Where shall we begin?</p>
      <div className="doors">
        <DoorRow
          icon="link"
          title="Connect WASenderApi"
          line="You send with WASenderApi and have an access token or a session key. About three minutes."
          onPress={() => {
            // what was typed before going back is still there
            router.go({ screen: 'connect', account: null });
          }}
        />
        <DoorRow
          icon="door"
          title="Another provider"
          line="You send with Meta’s Cloud API, Twilio, WAHA, Evolution or something else."
          expanded={other}
          onPress={() => setOther(!other)}
        />
        {other ? (
          <Note>
            Tickline speaks to WASenderApi only, for now. Other providers cannot be connected yet, not by an address of your own either. What you can
            do today: look around with the demo shop, which shows everything that a connected provider would.
          </Note>
        ) : null}
        <DoorRow
          icon="shop"
          title="Try with the demo shop"
          line={busy ? 'Opening the shop…' : 'An invented bakery that sends to invented people. No account, nothing leaves this computer.'}
          isDisabled={busy || Boolean(demo?.running && accounts.length > 0)}
          onPress={() => void openDemo()}
        />
      </div>
      {error ? <Problem error={error} onRetry={() => void openDemo()} /> : null}
      {accounts.length > 0 ? (
        <Button look="link" onPress={() => router.go({ screen: 'live' })}>
          Back to Live
        </Button>
      ) : (
        <p className="small faint">Keys are encrypted on this computer. Message texts are not stored unless you say so. Nothing is reported to us.</p>
      )}
    </main>
  );
}

type DoorProps = {
  readonly icon: IconName;
  readonly title: string;
  readonly line: string;
  readonly onPress: () => void;
  readonly expanded?: boolean;
  readonly isDisabled?: boolean;
};

function DoorRow({ icon, title, line, onPress, expanded, isDisabled = false }: DoorProps): JSX.Element {
  return (
    <Door className="door" onPress={onPress} isDisabled={isDisabled} aria-expanded={expanded}>
      <Icon name={icon} size={20} />
      <span>
        <b>{title}</b>
        <span className="soft">{line}</span>
      </span>
      <Icon name={expanded === undefined ? 'next' : 'down'} size={15} />
    </Door>
  );
}
