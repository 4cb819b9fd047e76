/** The bridge: the only thing a page can see of us. Forwards names of the contract and nothing else; never edited for a feature. */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { changeNames } from '../shared/contract/changes.ts';
import { requestNames } from '../shared/contract/names.ts';

const bridge = Object.freeze({
  request(name: string, input?: unknown): Promise<unknown> {
    if (!(requestNames as readonly string[]).includes(name)) return Promise.reject(new TypeError('There is no such request.'));
    return ipcRenderer.invoke('app:request', name, input);
  },
  on(name: string, listener: (value: unknown) => void): () => void {
    if (!(changeNames as readonly string[]).includes(name) || typeof listener !== 'function') throw new TypeError('There is no such change.');
    const forward = (_event: IpcRendererEvent, changed: unknown, value: unknown) => {
      if (changed === name) listener(value);
    };
    ipcRenderer.on('app:change', forward);
    return () => {
      ipcRenderer.off('app:change', forward);
    };
  },
});

contextBridge.exposeInMainWorld('app', bridge);
