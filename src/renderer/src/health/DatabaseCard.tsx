/** Where the log is kept, and by what. */
import type { JSX } from 'react';
import { useApp } from '../state/stores.ts';

export function DatabaseCard(): JSX.Element | null {
  const status = useApp((state) => state.status);
  if (status === null) return null;
  return (
    <section aria-label="Database">
      <h2>Database</h2>
      <div className="card">
        <dl className="facts num">
          <dt>Data folder</dt>
          <dd className="mono">{status.dataFolder}</dd>
          <dt>SQLite</dt>
          <dd>{status.sqlite}</dd>
        </dl>
      </div>
    </section>
  );
}
