import { type JSX, useState } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { AppSettings } from '../../../shared/contract/views.ts';
import { useApp, useStores } from '../state/stores.ts';
import { Segments } from '../ui/Choice.tsx';
import { lengthOf } from '../ui/format.ts';
import { Note, Problem } from '../ui/Problem.tsx';

const THEMES = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;
const DENSITIES = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
] as const;

function useSettings() {
  const { app } = useStores();
  const settings = useApp((state) => state.status?.settings);
  const [error, setError] = useState<RequestError | null>(null);
  const put = async (part: Partial<AppSettings>) => setError(await app.put(part));
  return { settings, error, put };
}

export function Appearance(): JSX.Element {
  const { settings, error, put } = useSettings();
  return (
    <section aria-label="Appearance">
      <h2>Appearance</h2>
      <div className="card">
        <div className="setting">
          <b>Theme</b>
          <Segments label="Theme" value={settings?.theme ?? 'system'} options={THEMES} onChange={(theme) => void put({ theme })} />
        </div>
        <div className="setting">
          <b>Rows</b>
          <Segments label="Rows" value={settings?.density ?? 'comfortable'} options={DENSITIES} onChange={(density) => void put({ density })} />
        </div>
        {error ? <Problem error={error} /> : null}
      </div>
    </section>
  );
}

export function About(): JSX.Element | null {
  const status = useApp((state) => state.status);
  if (status === null) return null;
  return (
    <section aria-label="About">
      <h2>About</h2>
      <div className="card">
        {status.vault.protects ? null : <Note tone="warn">{status.vault.words}</Note>}
        {status.vault.trouble === undefined ? null : <Note tone="warn">{status.vault.trouble}</Note>}
        <dl className="facts num about">
          <dt>Tickline</dt>
          <dd>
            {status.version}, {status.mode === 'desktop' ? 'desktop app' : 'in the browser'}, running for {lengthOf(status.uptimeMs)}
          </dd>
          <dt>Keys</dt>
          <dd>{status.vault.protects ? status.vault.words : 'see above'}</dd>
          <dt>Data folder</dt>
          <dd className="mono">{status.dataFolder}</dd>
          <dt>Webhook listener</dt>
          <dd className="mono">{status.listener}</dd>
          <dt>SQLite</dt>
          <dd>{status.sqlite}</dd>
        </dl>
      </div>
    </section>
  );
}
