import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import type { Answer } from '../../shared/contract/errors.ts';
import { fail } from '../core/domain/failure.ts';
import { type Dispatch, isRequestName } from '../dispatch.ts';
import { isOurFrame } from './sender.ts';

export type RequestBridge = {
  /** Answers `shell.*` in this process. */
  readonly shell: Dispatch;
  /** Answers everything else, in the engine's thread; the input is parsed there. */
  readonly engine: Dispatch;
};

/**
 * The window's requests, in order: our own top frame? known name? then the dispatch that parses and
 * runs. Never throws across, because Electron would keep only the message.
 */
export function answerRequests(ipcMain: Pick<IpcMain, 'handle'>, { shell, engine }: RequestBridge): void {
  ipcMain.handle('app:request', async (event: Pick<IpcMainInvokeEvent, 'senderFrame'>, name: unknown, input: unknown): Promise<Answer<unknown>> => {
    if (!isOurFrame(event.senderFrame)) return fail('unauthorized', 'Only the window of Tickline may ask this.');
    if (typeof name !== 'string' || !isRequestName(name)) return fail('unknown_request', 'There is no such request.');
    const dispatch = name.startsWith('shell.') ? shell : engine;
    try {
      return await dispatch(name, input);
    } catch {
      return fail('our_fault', 'The engine of Tickline stopped and is being started again. Please try again in a moment.', {
        retry: true,
        afterMs: 2000,
      });
    }
  });
}
