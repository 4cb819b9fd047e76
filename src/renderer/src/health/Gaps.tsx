/** The stretches in which nobody was listening, and what was found out about them afterwards. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { GapView } from '../../../shared/contract/views.ts';
import { useApp, useNow, useStores } from '../state/stores.ts';
import { count, lengthOf } from '../ui/format.ts';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { gapAfter, gapTimes } from './gapWords.ts';

export function Gaps(): JSX.Element {
  const { health } = useStores();
  const { phase, value, error } = useStore(health.state, (state) => state.gaps);
  return (
    <section aria-label="When nobody was listening">
      <h2>When nobody was listening</h2>
      <div className="card">
        {phase === 'failed' && error ? <Problem error={error} /> : null}
        {value === null ? (
          phase === 'loading' ? (
            <Waiting rows={2} label="Asking for the gaps" />
          ) : null
        ) : value.rows.length === 0 ? (
          <p className="soft">Never so far. If every way in is closed for a while, that stretch will stand here and on the timelines.</p>
        ) : (
          <ul className="gaps num">
            {value.rows.map((gap) => (
              <GapRow key={gap.id} gap={gap} />
            ))}
          </ul>
        )}
        {value?.nextCursor ? <p className="small faint">Only the newest {count(value.rows.length)} are shown.</p> : null}
      </div>
    </section>
  );
}

function GapRow({ gap }: { readonly gap: GapView }): JSX.Element {
  const now = useNow(60_000);
  const accounts = useApp((state) => state.accounts) ?? [];
  const account = accounts.length > 1 ? accounts.find((one) => one.id === gap.account)?.name : undefined;
  return (
    <li data-testid="gap">
      <span className="gap-mark" aria-hidden="true" />
      <div>
        <b>{gapTimes(gap, now)}</b> <span className="faint">{gap.to === null ? '' : lengthOf(gap.to - gap.from)}</span>
        {account ? <span className="tag">{account}</span> : null}
        <p>{gap.why}</p>
      </div>
      <span className="gap-after soft">{gapAfter(gap)}</span>
    </li>
  );
}
