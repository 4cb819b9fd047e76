import { type JSX, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { DemoSwitches } from '../../../shared/contract/views.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Segments, Switch } from '../ui/Choice.tsx';
import { Problem } from '../ui/Problem.tsx';

const SWITCHES: readonly { readonly key: Exclude<keyof DemoSwitches, 'pace'>; readonly label: string; readonly help: string }[] = [
  { key: 'repeats', label: 'Repeat receipts', help: 'Some arrive two or three times. Each still counts once.' },
  { key: 'shuffles', label: 'Shuffle receipts', help: 'A read may arrive before its delivery. No status goes back.' },
  { key: 'losses', label: 'Lose receipts', help: 'Some never arrive. Polling finds what they would have said.' },
  { key: 'limits', label: 'Limit requests', help: 'The shop answers “too many requests”. Polling slows down.' },
  { key: 'outage', label: 'Shop is down', help: 'Nothing answers. What is missed becomes a gap, and is asked for afterwards.' },
  { key: 'slow', label: 'Slow answers', help: 'Every answer takes its time.' },
];
const PACES = [
  { value: '0', label: 'Pause' },
  { value: '6', label: 'Calm' },
  { value: '30', label: 'Busy' },
  { value: '300', label: 'Rush' },
] as const;
type Pace = (typeof PACES)[number]['value'];

/** Switches of the demo shop; shown only while it runs. */
export function DemoSection(): JSX.Element | null {
  const { app } = useStores();
  const demo = useApp((state) => state.demo);
  const [error, setError] = useState<RequestError | null>(null);
  if (!demo?.running) return null;
  const set = async (switches: Partial<DemoSwitches>) => setError(await app.setDemo(switches));
  return (
    <section aria-label="Demo shop">
      <div className="section-head">
        <h2>Demo shop</h2>
        <span className="tag">Demo</span>
      </div>
      <div className="card">
        <div className="setting">
          <span>
            <b>Messages a minute</b>
            <span className="help num">Now {demo.switches.pace}.</span>
          </span>
          <Segments<Pace>
            label="Messages a minute"
            value={nearest(demo.switches.pace)}
            options={PACES}
            onChange={(value) => void set({ pace: Number(value) })}
          />
        </div>
        <div className="switches">
          {SWITCHES.map(({ key, label, help }) => (
            <Switch key={key} label={label} help={help} on={demo.switches[key]} onChange={(on) => void set({ [key]: on })} />
          ))}
        </div>
        {error ? <Problem error={error} /> : null}
      </div>
    </section>
  );
}

function nearest(pace: number): Pace {
  return PACES.reduce((best, one) => (Math.abs(Number(one.value) - pace) < Math.abs(Number(best.value) - pace) ? one : best)).value;
}
