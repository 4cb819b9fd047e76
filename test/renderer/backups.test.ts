import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApp } from '../../src/renderer/src/state/app.ts';
import { createBackups } from '../../src/renderer/src/state/backups.ts';
import { createLink } from '../../src/renderer/src/state/link.ts';
import type { RecoveryReport, StorageStatus } from '../../src/shared/contract/storage.ts';
import { createFakeApi } from '../support/fakeApi.ts';

const NOW = 1_770_000_000_000;
const report: RecoveryReport = {
  id: '20260202T024000000Z',
  at: NOW,
  kind: 'recovered',
  why: 'the database file does not begin like one',
  words: ['A backup was put in place.', 'Nothing is missing.'],
  base: 'backup',
  backup: { id: 'b', createdAt: NOW - 1 },
  setAside: 'set-aside/20260202T024000000Z',
  keptUntil: NOW + 1,
  figures: { entriesKept: 1, entriesSalvaged: 0, entriesMissing: 0, messagesSalvaged: 0, otherRowsSalvaged: 0 },
  missing: { ranges: [], after: null, newestAt: NOW },
};

function open(seen: boolean) {
  const status: StorageStatus = {
    state: 'well',
    words: '',
    databaseBytes: 1,
    walBytes: 1,
    freeBytes: null,
    checkedAt: null,
    lastBackupAt: null,
    lastRecovery: { ...report, seen },
  };
  const api = createFakeApi(() => NOW, {
    'storage.status': () => ({ ok: true, value: status }),
    'storage.seen': () => ({ ok: true, value: { seen: true } }),
  });
  const link = createLink(api, (work) => work());
  const app = createApp(api, link, () => NOW);
  return { api, app, backups: createBackups(api, link, app) };
}

describe('putting a backup back', () => {
  /** An engine that was asked to, and does not come back. */
  async function waiting() {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const opened = open(true);
    opened.api.replace({ 'backups.restore': () => ({ ok: true, value: { restarting: true } }) });
    await vi.advanceTimersByTimeAsync(2000);
    await opened.backups.look('b');
    void opened.backups.restore();
    await vi.advanceTimersByTimeAsync(2000);
    return opened;
  }

  it.each([
    ['answers as if nothing had happened', undefined],
    ['does not answer at all', () => new Promise<never>(() => {})],
  ])('ends in words when the engine %s for two minutes', async (_, answer) => {
    const { api, backups } = await waiting();
    if (answer !== undefined) api.replace({ 'storage.status': answer });
    expect(backups.state.getState()).toMatchObject({ restoring: true, wish: 'b' });
    await vi.advanceTimersByTimeAsync(121_000);
    expect(backups.state.getState()).toMatchObject({ restoring: false, wish: 'b' });
    expect(backups.state.getState().preview.error?.message).toContain('not come back');
  });

  it('lets the dialog be closed meanwhile, and tells beside it what went wrong', async () => {
    const { backups } = await waiting();
    backups.close();
    expect(backups.state.getState()).toMatchObject({ restoring: true, wish: null });
    await vi.advanceTimersByTimeAsync(121_000);
    expect(backups.state.getState()).toMatchObject({ restoring: false, wish: null, error: { code: 'storage_unavailable' } });
  });
});

describe('the news of a recovery', () => {
  it('reaches a window that was opened after it, once, until it is put away', async () => {
    const { api, app } = open(false);
    await vi.waitFor(() => expect(app.state.getState().notices).toHaveLength(1));
    const [notice] = app.state.getState().notices;
    expect(notice).toMatchObject({ level: 'warning', message: 'Your records were damaged and have been recovered.' });
    expect(notice?.detail).toBe('What was found: the database file does not begin like one. A backup was put in place. Nothing is missing.');
    app.dismiss(notice?.id ?? '');
    expect(app.state.getState().notices).toEqual([]);
    expect(api.asked).toContainEqual({ name: 'storage.seen', input: { id: report.id } });
  });

  it('that was put away does not come again', async () => {
    const { app, backups } = open(true);
    await vi.waitFor(() => expect(backups.state.getState().storage).not.toBeNull());
    expect(app.state.getState().notices).toEqual([]);
  });
});
