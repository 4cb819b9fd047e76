/** Every provider there is. Pure until opened, so each thread can have its own. */
import type { Provider, ProviderKey } from '../../core/ports/provider.ts';
import { wasenderapi } from './wasenderapi/index.ts';

export function createProviders(): ReadonlyMap<ProviderKey, Provider> {
  return new Map([
    ['wasenderapi', wasenderapi()],
    ['demo', wasenderapi({ key: 'demo', name: 'Demo shop' })],
  ]);
}
