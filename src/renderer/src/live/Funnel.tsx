import type { JSX, ReactNode } from 'react';
import type { Said } from '../../../shared/contract/views.ts';
import { routeHash } from '../state/route.ts';
import { useApp, useStores } from '../state/stores.ts';
import { count, lengthOf, percent } from '../ui/format.ts';
import { Tick } from '../ui/Icon.tsx';

/** Today's ladder: how many reached at least each step, and how long half of them took. */
export function Funnel(): JSX.Element {
  const funnel = useApp((state) => state.funnel);
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const half = (ms: number | null | undefined) => (ms === null || ms === undefined ? '' : `half within ${lengthOf(ms)}`);
  const f = funnel;
  const { messages } = useStores();
  const seeWhy = () => messages.setFilter({ status: 'failed', from: f?.from });
  const waitingToSend = f ? f.total - f.sent - f.failed - f.unknown : 0;
  return (
    <section className="ladder num" aria-label="Today">
      <Rung said="sent" title="Sent today" value={f?.sent} share={f ? share(f.sent, f.total) : 0} percent="">
        {f === null
          ? ''
          : f.total === 0
            ? 'nothing yet'
            : waitingToSend > 0
              ? `${count(waitingToSend)} still queued`
              : f.failed > 0
                ? `of ${count(f.total)}`
                : 'all accepted'}
      </Rung>
      <Rung
        said="delivered"
        title="Delivered"
        value={f?.delivered}
        share={f ? share(f.delivered, f.sent) : 0}
        percent={f ? percent(f.delivered, f.sent) : ''}
      >
        {half(f?.medianMsToDeliver) || (f && f.sent > f.delivered ? `${count(f.sent - f.delivered)} on the way` : '')}
      </Rung>
      <Rung said="read" title="Read" value={f?.read} share={f ? share(f.read, f.delivered) : 0} percent={f ? percent(f.read, f.delivered) : ''}>
        {half(f?.medianMsToRead) || (f && f.delivered > f.read ? `${count(f.delivered - f.read)} not yet` : '')}
      </Rung>
      <Rung said="failed" title="Failed" value={f?.failed} share={f ? share(f.failed, f.total) : 0} percent="">
        {f === null ? (
          ''
        ) : f.failed === 0 ? (
          'none'
        ) : (
          <a href={routeHash({ screen: 'messages' })} onClick={seeWhy}>
            see why
          </a>
        )}
      </Rung>
    </section>
  );
}

type RungProps = {
  readonly said: Said;
  readonly title: string;
  readonly value: number | undefined;
  readonly share: number;
  readonly percent: string;
  readonly children: ReactNode;
};

function Rung({ said, title, value, share, percent: part, children }: RungProps): JSX.Element {
  return (
    <div className={`rung ${said}`}>
      <h2>
        <Tick said={said} /> {title}
      </h2>
      <p className="rung-value">
        <b>{value === undefined ? '–' : count(value)}</b> {part ? <span className="soft">{part}</span> : null}
      </p>
      <div className="track" aria-hidden="true">
        <i style={{ inlineSize: `${Math.min(1, share) * 100}%` }} />
      </div>
      <p className="small faint">{children || ' '}</p>
    </div>
  );
}
