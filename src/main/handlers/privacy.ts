import type { ErasureView, PrivacyView } from '../../shared/contract/privacy.ts';
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { raise } from '../core/domain/failure.ts';
import { messageRow, parseMessageKey } from '../core/domain/ids.ts';
import { maskAddress } from '../core/domain/phone.ts';
import type { Log } from '../core/ports/log.ts';
import type { Erasure } from '../core/ports/privacy.ts';
import type { Erasures } from '../core/privacy/erase.ts';
import { DEFAULT_DAYS, type Retention } from '../core/privacy/retention.ts';
import type { Parts } from './parts.ts';

type Names = 'privacy.status' | 'privacy.set' | 'privacy.preview' | 'privacy.erase' | 'privacy.allow';

export function privacyHandlers(
  parts: Pick<Parts, 'settings' | 'store'> & { erasures: Erasures; retention: Retention; log: Log },
): Pick<EngineHandlers, Names> {
  const { erasures, retention, settings, log } = parts;
  function whomOf({ recipient, message }: { readonly recipient?: string | undefined; readonly message?: string | undefined }): string {
    const key = message === undefined ? undefined : parseMessageKey(message);
    const found = key === undefined ? undefined : parts.store.messages.byRow(messageRow(key));
    return (
      recipient ?? found?.chat ?? raise('bad_input', 'Say whom: a number, or a message to them.', { detail: 'input.recipient or input.message' })
    );
  }

  const status = (): PrivacyView => ({
    sharedScreen: settings.get().sharedScreen,
    retention: retention.days(),
    defaults: DEFAULT_DAYS,
    lastSweep: retention.last() ?? null,
    erasures: erasures.list().toReversed().map(toView),
  });
  return {
    'privacy.status': status,
    'privacy.set': async ({ sharedScreen, retention: change, dryRun }) => {
      const days = { ...retention.days(), ...withoutHoles(change ?? {}) };
      if (dryRun) return { ...status(), retention: days, wouldRemove: await retention.preview(days) };
      if (change !== undefined) {
        retention.put(days);
        void retention.sweep().catch((error: unknown) => log.error('retention.failed', { error: String(error) }));
      }
      if (sharedScreen !== undefined) settings.put({ sharedScreen });
      return { ...status(), wouldRemove: null };
    },
    'privacy.preview': async (input) => {
      const preview = await erasures.preview(whomOf(input));
      return { ...preview, addresses: preview.addresses.map(maskAddress) };
    },
    'privacy.erase': (input) => toView(erasures.erase(whomOf(input), input.reason)),
    'privacy.allow': ({ erasureId }) => toView(erasures.allow(erasureId)),
  };
}

function toView({ id, hash, tail, reason, askedAt, finishedAt, liftedAt, counts }: Erasure): ErasureView {
  return { id, state: finishedAt === null ? 'running' : 'done', hash, tail, reason, askedAt, finishedAt, liftedAt, counts };
}

function withoutHoles<T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
