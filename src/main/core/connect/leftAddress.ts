/** Remembers over restarts that a provider may still have a webhook address of ours, and says so when it did. */
import type { AddressNews, DoorNotice } from '../ingest/intake.ts';
import type { SettingStore } from '../ports/store.ts';

export interface LeftAddress {
  /** Until `back`, an end without warning leaves our address there. */
  note(news: AddressNews): void;
  /** At a start: the notice about the end of the last run, where there is something to tell; once. */
  told(): DoorNotice | undefined;
}

const WITHOUT_WARNING = 'Tickline ended without warning.';

export function createLeftAddress(deps: { readonly account: string; readonly providerName: string; readonly settings: SettingStore }): LeftAddress {
  const key = `address-left:${deps.account}`;
  let written = deps.settings.get(key);

  function write(why: string | undefined): void {
    if (why === written) return;
    if (why === undefined) deps.settings.remove(key);
    else deps.settings.put(key, why);
    written = why;
  }

  return {
    note: (news) => write(news === 'back' ? undefined : news === 'ours' ? WITHOUT_WARNING : news.failed),
    told() {
      const why = written;
      if (why === undefined) return undefined;
      write(undefined);
      const message = `When Tickline last ended, ${deps.providerName}’s webhook address could not be put back, so it went on posting to an address where nobody listened.`;
      return { level: 'warning', message, detail: why };
    },
  };
}
