/** Findings as sentences, most urgent first, each with its evidence folded underneath. */
import { type JSX, useState } from 'react';
import { useStore } from 'zustand';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { Finding, FindingAction, FindingLevel } from '../../../shared/contract/health.ts';
import type { Route } from '../state/route.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { plural } from '../ui/format.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Problem, Waiting } from '../ui/Problem.tsx';

const LEVEL: Readonly<Record<FindingLevel, { readonly icon: IconName; readonly word: string }>> = {
  problem: { icon: 'warn', word: 'Problem' },
  warning: { icon: 'warn', word: 'Warning' },
  note: { icon: 'note', word: 'Note' },
  ok: { icon: 'check', word: 'Fine' },
};

export function Findings(): JSX.Element {
  const { health } = useStores();
  const report = useStore(health.state, (state) => state.report);
  const error = useStore(health.state, (state) => state.error);
  const open = report?.findings.filter((one) => one.level !== 'ok') ?? [];
  const fine = report?.findings.filter((one) => one.level === 'ok') ?? [];
  return (
    <section aria-label="What needs you">
      <h2>What needs you</h2>
      {error ? <Problem error={error} onRetry={() => void health.look()} retryWord="Look again" /> : null}
      {report === null ? (
        error ? null : (
          <div className="card">
            <Waiting rows={3} label="Looking at everything" />
          </div>
        )
      ) : (
        <div className="card findings-card">
          {report.needs === 0 ? (
            <p className="all-fine">
              <Icon name="check" /> <b>Nothing needs you.</b>
            </p>
          ) : null}
          {open.length > 0 ? <FindingList findings={open} /> : null}
          {fine.length > 0 ? (
            <details className="fine">
              <summary>{plural(fine.length, 'thing is', 'things are')} fine</summary>
              <FindingList findings={fine} />
            </details>
          ) : null}
        </div>
      )}
    </section>
  );
}

function FindingList({ findings }: { readonly findings: readonly Finding[] }): JSX.Element {
  const several = useApp((state) => (state.accounts?.length ?? 0) > 1);
  return (
    <ul className="findings">
      {findings.map((one) => (
        <FindingRow key={`${one.id} ${one.account}`} finding={one} showAccount={several} />
      ))}
    </ul>
  );
}

function FindingRow({ finding, showAccount }: { readonly finding: Finding; readonly showAccount: boolean }): JSX.Element {
  const account = useApp((state) => state.accounts?.find((one) => one.id === finding.account));
  const { icon, word } = LEVEL[finding.level];
  return (
    <li className={`finding level-${finding.level}`} data-testid="finding" data-finding={finding.id} data-level={finding.level}>
      <Icon name={icon} />
      <div>
        <h3>
          <span className="sr">{word}: </span>
          {finding.title}
          {showAccount && account ? <span className="tag">{account.name}</span> : null}
        </h3>
        <p>{finding.cause}</p>
        {finding.nextStep === null ? null : (
          <p className="next">
            <b>Next:</b> {finding.nextStep}
          </p>
        )}
        {finding.evidence.length === 0 ? null : (
          <details>
            <summary>What we saw</summary>
            <ul className="evidence num">
              {finding.evidence.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
      {finding.action === null ? null : <ActionButton action={finding.action} />}
    </li>
  );
}

function ActionButton({ action }: { readonly action: FindingAction }): JSX.Element {
  const { router, connect, health } = useStores();
  const account = useApp((state) => state.accounts?.find((one) => one.id === action.account));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const press = async () => {
    if (action.kind === 'go') {
      if (action.screen === 'connect' && action.account !== null) {
        const step = account?.session.id === null ? 'session' : 'scan';
        connect.resume(action.account, step);
        if (step === 'session') void connect.listSessions();
      }
      router.go(routeOf(action));
      return;
    }
    setBusy(true);
    setError(await health.act(action));
    setBusy(false);
  };
  return (
    <div className="finding-action">
      <Button isDisabled={busy} onPress={() => void press()}>
        {busy ? 'Working…' : action.label}
      </Button>
      {error ? <Problem error={error} /> : null}
    </div>
  );
}

function routeOf(action: Extract<FindingAction, { readonly kind: 'go' }>): Route {
  switch (action.screen) {
    case 'events':
      return { screen: 'events', entry: null };
    case 'connect':
      return { screen: 'connect', account: action.account };
    case 'settings':
      return { screen: 'settings' };
  }
}
