/** The way from nothing to the first live status, one step at a time. */
import { type JSX, useEffect } from 'react';
import { useStore } from 'zustand';
import type { ConnectStep } from '../state/connect.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Brand, Icon } from '../ui/Icon.tsx';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { CautionStep } from './CautionStep.tsx';
import { CredentialStep } from './CredentialStep.tsx';
import { DoorStep } from './DoorStep.tsx';
import { ScanStep } from './ScanStep.tsx';
import { SessionStep } from './SessionStep.tsx';
import './connect.css';

const STEPS: readonly { readonly step: ConnectStep; readonly label: string }[] = [
  { step: 'caution', label: 'Before you begin' },
  { step: 'credential', label: 'Key' },
  { step: 'session', label: 'Session' },
  { step: 'scan', label: 'Scan' },
  { step: 'door', label: 'Receipts' },
];

export function ConnectScreen(): JSX.Element {
  const { connect, router } = useStores();
  const { step, provider, error, kind, account } = useStore(connect.state);
  const routed = useStore(router.state, (route) => (route.screen === 'connect' ? route.account : null));
  const demo = useApp((state) => state.accounts?.find((one) => one.id === (routed ?? account))?.demo ?? false);
  useEffect(() => {
    void connect.start();
    if (routed !== null && connect.state.getState().account !== routed) connect.resume(routed, 'scan');
  }, [connect, routed]);
  const steps = STEPS.filter((one) => kind === 'token' || (one.step !== 'session' && one.step !== 'scan'));
  const at = steps.findIndex((one) => one.step === step);
  const back = () => {
    const before = steps[at - 1];
    if (before && routed === null) connect.go(before.step);
    else if (routed !== null) {
      router.go({ screen: demo ? 'welcome' : 'settings' });
      connect.reset();
    } else {
      void connect.abandon();
      router.go({ screen: 'welcome' });
    }
  };
  return (
    <main className="connect">
      <header>
        <Brand />
        {demo ? (
          <span className="tag">Demo</span>
        ) : (
          <ol className="steps" aria-label="Steps">
            {steps.map((one, index) => (
              <li key={one.step} aria-current={one.step === step ? 'step' : undefined} className={index < at ? 'done' : ''}>
                {index < at ? <Icon name="check" size={12} /> : null}
                {one.label}
              </li>
            ))}
          </ol>
        )}
        <Button look="link" onPress={back}>
          <Icon name="back" size={14} /> Back
        </Button>
      </header>
      <div className="connect-body">
        {provider.phase === 'loading' && step !== 'scan' ? <Waiting rows={4} label="Asking what this provider needs" /> : null}
        {provider.error ? <Problem error={provider.error} onRetry={() => void connect.start()} /> : null}
        {provider.value || step === 'scan' ? <Step step={step} demo={demo} /> : null}
        {error ? (
          <div ref={(element) => element?.scrollIntoView({ block: 'nearest' })}>
            <Problem error={error} next={nextStep(step, error.code)} />
          </div>
        ) : null}
      </div>
    </main>
  );
}

function Step({ step, demo }: { readonly step: ConnectStep; readonly demo: boolean }): JSX.Element {
  switch (step) {
    case 'caution':
      return <CautionStep />;
    case 'credential':
      return <CredentialStep />;
    case 'session':
      return <SessionStep />;
    case 'scan':
      return <ScanStep demo={demo} />;
    case 'door':
      return <DoorStep />;
  }
}

/** What the owner can do about a failure at this step, beside the engine's own words. */
function nextStep(step: ConnectStep, code: string): string {
  if (code === 'provider_unreachable') return 'Check that this computer is online, then try the same step again; what you typed is kept.';
  if (step === 'credential') return 'What else you typed is kept.';
  return 'What you chose is kept; try the step again.';
}
