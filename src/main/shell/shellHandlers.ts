import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handlers, ShellRequestName } from '../../shared/contract/requests.ts';
import { raise } from '../core/domain/failure.ts';
import { isAllowedLink } from './links.ts';

export type ShellHandlerOptions = {
  readonly exportFile: (id: string) => Promise<{ readonly path: string; readonly fileName: string } | undefined>;
  /** Asks the owner where to; `undefined` when they thought better of it. */
  readonly askWhereToSave: (suggestion: string) => Promise<string | undefined>;
  readonly downloads: () => string;
  readonly openInBrowser: (link: string) => Promise<void>;
};

/** The requests that only a desktop can answer. */
export function createShellHandlers(options: ShellHandlerOptions): Pick<Handlers, ShellRequestName> {
  return {
    async 'shell.saveExport'({ id }) {
      const file = await options.exportFile(id);
      if (file === undefined) return raise('not_found', 'There is no such export. It may have been cancelled or removed.');
      const path = await options.askWhereToSave(join(options.downloads(), file.fileName));
      if (path === undefined) return { saved: false, path: null };
      await copyFile(file.path, path).catch((error: NodeJS.ErrnoException) =>
        raise('storage_unavailable', 'The export could not be saved there. Please choose another place.', { retry: true, detail: error.code }),
      );
      return { saved: true, path };
    },
    async 'shell.openLink'({ url }) {
      if (!isAllowedLink(url)) return { opened: false };
      await options.openInBrowser(url);
      return { opened: true };
    },
  };
}
