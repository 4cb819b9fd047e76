import type { AppSettings } from '../../shared/contract/views.ts';
import type { Store } from '../core/ports/store.ts';
import type { Parts } from './parts.ts';

const DEFAULTS: AppSettings = { theme: 'system', storeText: false, density: 'comfortable', sharedScreen: false };

/** The owner's settings, kept in the store; `onChange` is told after each change. */
export function createAppSettings(store: Pick<Store, 'settings'>, onChange: (was: AppSettings, is: AppSettings) => void): Parts['settings'] {
  let known: AppSettings = { ...DEFAULTS, ...(JSON.parse(store.settings.get('app') ?? '{}') as Partial<AppSettings>) };
  return {
    get: () => known,
    put(change) {
      const was = known;
      known = { ...known, ...change };
      store.settings.put('app', JSON.stringify(known));
      onChange(was, known);
      return known;
    },
  };
}
