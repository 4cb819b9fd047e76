import { type JSX, useState } from 'react';
import { useStore } from 'zustand';
import { useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { Switch } from '../ui/Choice.tsx';

/** What the owner must know before anything else; the way on opens once they say that they do. */
export function CautionStep(): JSX.Element | null {
  const { connect } = useStores();
  const provider = useStore(connect.state, (state) => state.provider.value);
  const [understood, setUnderstood] = useState(false);
  if (provider === null) return null;
  return (
    <>
      <h1>Before you connect {provider.name}</h1>
      <ul className="cautions">
        {provider.cautions.map((caution) => (
          <li key={caution}>{caution}</li>
        ))}
      </ul>
      <details>
        <summary>What {provider.name} limits</summary>
        <ul className="limits">
          {provider.limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </details>
      <Switch label="I understand" help="I have read this and want to connect my number." on={understood} onChange={setUnderstood} />
      <div className="step-actions">
        <Button look="primary" isDisabled={!understood} onPress={() => connect.go('credential')}>
          Go on
        </Button>
      </div>
    </>
  );
}
