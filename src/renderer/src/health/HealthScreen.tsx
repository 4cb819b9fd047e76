/** What needs the owner, how each account is connected, and where the log has holes. */
import { type JSX, useState } from 'react';
import { useStore } from 'zustand';
import { useAwake, useNow, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { timeWithDay } from '../ui/format.ts';
import { BackupsCard } from './BackupsCard.tsx';
import { Connections } from './Connections.tsx';
import { DatabaseCard } from './DatabaseCard.tsx';
import { Findings } from './Findings.tsx';
import { FreshnessCard } from './FreshnessCard.tsx';
import { Gaps } from './Gaps.tsx';
import './health.css';

export function HealthScreen(): JSX.Element {
  const { health } = useStores();
  useAwake(health);
  return (
    <div className="page health">
      <Head />
      <div className="sections">
        <Findings />
        <Connections />
        <Gaps />
        <FreshnessCard />
        <DatabaseCard />
        <BackupsCard />
      </div>
    </div>
  );
}

function Head(): JSX.Element {
  const { health } = useStores();
  const report = useStore(health.state, (state) => state.report);
  const looking = useStore(health.state, (state) => state.looking);
  const now = useNow(60_000);
  return (
    <header className="page-head">
      <h1>Health</h1>
      <p className="small faint num">
        {report === null ? '' : `Looked at ${timeWithDay(report.at, now)}${report.asked ? '' : ', without asking the provider'}`}
      </p>
      <CopyReport />
      <Button look="primary" isDisabled={looking} onPress={() => void health.look()}>
        {looking ? 'Looking…' : 'Check everything now'}
      </Button>
    </header>
  );
}

const COPY_WORD = { no: 'Copy as text', yes: 'Copied', failed: 'Not copied' } as const;

/** The whole report as text, for whoever helps. */
function CopyReport(): JSX.Element {
  const { health } = useStores();
  const text = useStore(health.state, (state) => state.report?.text ?? null);
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const copy = async () => {
    if (text === null) return;
    await navigator.clipboard.writeText(text).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    );
    setTimeout(() => setCopied('no'), 3000);
  };
  return (
    <>
      <Button isDisabled={text === null} onPress={() => void copy()}>
        {COPY_WORD[copied]}
      </Button>
      <span className="sr" role="status">
        {copied === 'no' ? '' : copied === 'yes' ? 'The report was copied. Numbers and keys in it are masked.' : 'The report could not be copied.'}
      </span>
    </>
  );
}
