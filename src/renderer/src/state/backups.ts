/** The shelf of backups, what is in one of them, and the way back to it; and the news of a recovery. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { BackupPreview, BackupsView, StorageStatus } from '../../../shared/contract/storage.ts';
import type { Api } from '../api.ts';
import { type App, RECOVERY_NOTICE } from './app.ts';
import { type Asked, LOADING, paced } from './asked.ts';
import type { Link } from './link.ts';

export type BackupsState = {
  readonly shelf: Asked<BackupsView>;
  readonly storage: StorageStatus | null;
  /** Why the copy that was asked for here could not be made. */
  readonly error: RequestError | null;
  readonly making: boolean;
  /** The backup that is looked into; null while the dialog is closed. */
  readonly wish: string | null;
  readonly preview: Asked<BackupPreview>;
  /** It is being put back: the engine starts again. */
  readonly restoring: boolean;
};

export type Backups = {
  readonly state: StoreApi<BackupsState>;
  make(): Promise<void>;
  look(id: string): Promise<void>;
  /** What is being put back goes on without the dialog. */
  close(): void;
  /** Puts the backup of the dialog back; ends when the engine answers again with its records. */
  restore(): Promise<void>;
  wake(): void;
  sleep(): void;
};

const EVERY = 1000;
/** In which even a large database is copied. */
const PATIENCE = 120_000;
const NOT_BACK: RequestError = {
  code: 'storage_unavailable',
  message: 'Tickline has not come back after two minutes. The backup may still be on its way. If nothing happens, quit Tickline and start it again.',
  retry: true,
};

export function createBackups(api: Api, link: Link, app: App): Backups {
  const state = createStore<BackupsState>(() => ({
    shelf: LOADING,
    storage: null,
    error: null,
    making: false,
    wish: null,
    preview: LOADING,
    restoring: false,
  }));
  const set = (part: Partial<BackupsState>) => state.setState(part);
  let asleep = true;

  const askShelf = paced(async () => {
    if (asleep) return;
    const answer = await api.request('backups.list', {});
    if (answer.ok) set({ shelf: { phase: 'ready', value: answer.value, error: null } });
    else set({ shelf: { phase: 'failed', value: state.getState().shelf.value, error: answer.error } });
  }, EVERY);
  const askStorage = paced(async () => {
    const answer = await api.request('storage.status', {});
    if (answer.ok) keepStorage(answer.value);
  }, EVERY);

  function keepStorage(storage: StorageStatus): void {
    set({ storage });
    const last = storage.lastRecovery;
    if (last === null || last.seen) return;
    const id = `${RECOVERY_NOTICE}${last.id}`;
    if (app.state.getState().notices.some((notice) => notice.id === id)) return;
    const [message, level] = NEWS[last.kind];
    const detail = [...(last.kind === 'recovered' ? [`What was found: ${last.why}.`] : []), ...last.words].join(' ');
    app.raise({ id, level, message, detail, at: last.at, account: null });
  }

  link.onAsk(() => {
    askStorage();
    askShelf();
  });
  link.onBatch((batch) => {
    const change = batch['backups.changed'].at(-1);
    if (change === undefined) return;
    set({ shelf: { phase: 'ready', value: change.backups, error: null } });
    if (change.backups.running === null) askStorage();
  });

  /** While the engine starts again it says that it is busy, or does not answer at all. False when it does not come back. */
  async function untilBack(before: string | undefined): Promise<boolean> {
    let over = false;
    const end = new Promise<false>((resolve) => setTimeout(resolve, PATIENCE, false));
    const back = async () => {
      while (!over) {
        await new Promise((resolve) => setTimeout(resolve, EVERY));
        const answer = await api.request('storage.status', {});
        if (!answer.ok || answer.value.lastRecovery?.id === before) continue;
        keepStorage(answer.value);
        return true;
      }
      return false;
    };
    const isBack = await Promise.race([back(), end]);
    over = true;
    return isBack;
  }

  return {
    state,
    async make() {
      set({ making: true, error: null });
      const answer = await api.request('backups.create', {});
      set({ making: false, error: answer.ok ? null : answer.error });
      askShelf();
      askStorage();
    },
    async look(id) {
      set({ wish: id, preview: LOADING });
      const answer = await api.request('backups.preview', { id });
      if (state.getState().wish !== id) return;
      set({ preview: answer.ok ? { phase: 'ready', value: answer.value, error: null } : { phase: 'failed', value: null, error: answer.error } });
    },
    close() {
      set({ wish: null });
    },
    async restore() {
      const { wish, preview, storage } = state.getState();
      if (wish === null) return;
      set({ restoring: true });
      const answer = await api.request('backups.restore', { id: wish });
      const error = !answer.ok ? answer.error : (await untilBack(storage?.lastRecovery?.id)) ? null : NOT_BACK;
      set({ restoring: false });
      // Closed, or open for another backup, it is no longer the dialog that this is about.
      if (state.getState().wish === wish) set(error === null ? { wish: null } : { preview: { ...preview, error } });
      else if (error !== null) set({ error });
      app.refresh();
      askShelf();
    },
    wake() {
      asleep = false;
      askShelf();
      askStorage();
    },
    sleep() {
      asleep = true;
    },
  };
}

const NEWS = {
  recovered: ['Your records were damaged and have been recovered.', 'warning'],
  restored: ['A backup was put back.', 'info'],
  'not-restored': ['The backup could not be put back.', 'warning'],
} as const;
