import type { ErasureView, PrivacyView } from '../../shared/contract/privacy.ts';
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { maskAddress } from '../core/domain/phone.ts';
import type { Erasure } from '../core/ports/privacy.ts';
import type { Erasures } from '../core/privacy/erase.ts';
import { DEFAULT_DAYS, type Retention } from '../core/privacy/retention.ts';
import type { Parts } from './parts.ts';

type Names = 'privacy.status' | 'privacy.set' | 'privacy.preview' | 'privacy.erase' | 'privacy.allow';

export function privacyHandlers(
  parts: Pick<Parts, 'settings' | 'publisher'> & { erasures: Erasures; retention: Retention },
): Pick<EngineHandlers, Names> {
  const { erasures, retention, settings } = parts;
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
      if (change !== undefined) retention.put(days);
      if (sharedScreen !== undefined) settings.put({ sharedScreen });
      return { ...status(), wouldRemove: null };
    },
    'privacy.preview': async ({ recipient }) => {
      const preview = await erasures.preview(recipient);
      return { ...preview, addresses: preview.addresses.map(maskAddress) };
    },
    'privacy.erase': ({ recipient, reason }) => toView(erasures.erase(recipient, reason)),
    'privacy.allow': ({ erasureId }) => toView(erasures.allow(erasureId)),
  };
}

function toView({ id, hash, tail, reason, askedAt, finishedAt, liftedAt, counts }: Erasure): ErasureView {
  return { id, state: finishedAt === null ? 'running' : 'done', hash, tail, reason, askedAt, finishedAt, liftedAt, counts };
}

function withoutHoles<T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
