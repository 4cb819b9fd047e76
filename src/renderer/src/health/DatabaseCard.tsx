/** Where the log is kept, how large it is, and what waits in it. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { useApp, useStores } from '../state/stores.ts';
import { bytes, count } from '../ui/format.ts';

export function DatabaseCard(): JSX.Element | null {
  const { health } = useStores();
  const status = useApp((state) => state.status);
  const figures = useStore(health.state, (state) => state.report?.database ?? null);
  const quarantined = useApp((state) => state.counts?.quarantined) ?? figures?.quarantined ?? 0;
  if (status === null) return null;
  return (
    <section aria-label="Database">
      <h2>Database</h2>
      <div className="card">
        <dl className="facts num">
          <dt>Data folder</dt>
          <dd className="mono">{status.dataFolder}</dd>
          {figures === null ? null : (
            <>
              <dt>Size</dt>
              <dd>
                {figures.bytes === null ? 'not known' : bytes(figures.bytes + (figures.journalBytes ?? 0))}{' '}
                {figures.journalBytes === null ? null : <span className="faint">({bytes(figures.journalBytes)} of it in the journal)</span>}
              </dd>
              <dt>Free on the disk</dt>
              <dd>{figures.freeBytes === null ? 'not known' : bytes(figures.freeBytes)}</dd>
              <dt>Waiting</dt>
              <dd>
                {figures.waiting === 0 ? 'nothing' : `${count(figures.waiting)} to be understood`}
                {quarantined === 0 ? null : (
                  <>
                    , <a href="#/events">{count(quarantined)} in quarantine</a>
                  </>
                )}
              </dd>
            </>
          )}
          <dt>SQLite</dt>
          <dd>{status.sqlite}</dd>
        </dl>
      </div>
    </section>
  );
}
