import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { SessionState } from '../../../shared/contract/views.ts';
import { useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { RadioRows } from '../ui/Choice.tsx';
import { Field } from '../ui/Field.tsx';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { fullRecipient } from '../ui/phone.ts';

export const SESSION_WORD: Readonly<Record<SessionState, string>> = {
  connected: 'connected',
  connecting: 'connecting',
  need_scan: 'needs a scan',
  disconnected: 'disconnected',
  logged_out: 'logged out on the phone',
  expired: 'expired',
  error: 'in trouble',
  unknown: 'state not known',
};

export function SessionStep(): JSX.Element {
  const { connect } = useStores();
  const { sessions, choice, newName, newPhone, busy } = useStore(connect.state);
  if (sessions.phase === 'loading') return <Waiting rows={4} label="Asking for your sessions" />;
  if (sessions.error) return <Problem error={sessions.error} onRetry={() => void connect.listSessions()} />;
  const options = [
    ...(sessions.value ?? []).map((session) => ({
      value: session.id,
      label: session.name,
      help: [session.phone === null ? null : fullRecipient(session.phone), SESSION_WORD[session.state]].filter(Boolean).join(', '),
    })),
    { value: 'new', label: 'A new session', help: 'Links another WhatsApp number. WASenderApi may ask for a subscription or a trial.' },
  ];
  const ready = choice !== null && (choice !== 'new' || (newName.trim() !== '' && newPhone.trim().length >= 6));
  return (
    <>
      <h1>Which number do you send from?</h1>
      <RadioRows label="Session" value={choice ?? 'new'} options={options} onChange={(value) => connect.change({ choice: value })} />
      {choice === 'new' ? (
        <>
          <Field label="Name of the session" value={newName} onChange={(value) => connect.change({ newName: value })} placeholder="Shop phone" />
          <Field
            label="Phone number"
            value={newPhone}
            onChange={(value) => connect.change({ newPhone: value })}
            placeholder="+44 7700 900 219"
            help="With the country code."
          />
        </>
      ) : null}
      <div className="step-actions">
        <Button look="primary" isDisabled={!ready || busy} onPress={() => void connect.submitSession()}>
          {busy ? 'Asking WASenderApi…' : choice === 'new' ? 'Create the session' : 'Use this session'}
        </Button>
      </div>
    </>
  );
}
