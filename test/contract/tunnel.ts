/** What every tunnel promises, whatever its kind. Run over each body in tunnel.test.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError } from '../../src/main/core/domain/failure.ts';
import type { Tunnel, TunnelHandle } from '../../src/main/core/ports/tunnel.ts';
import { type Echo, startEcho } from '../support/echoServer.ts';

export type TunnelUnderTest = {
  readonly tunnel: Tunnel;
  /** A name to ask for, where names exist. */
  readonly name?: string;
  readonly close: () => Promise<void>;
};

export function tunnelContract(title: string, make: (port: number) => Promise<TunnelUnderTest>): void {
  describe(`a tunnel: ${title}`, () => {
    let echo: Echo;
    let made: TunnelUnderTest;
    const handles: TunnelHandle[] = [];

    const open = async (signal = new AbortController().signal) => {
      const handle = await made.tunnel.open({ port: echo.port, name: made.name, deadlineMs: 5_000, signal });
      handles.push(handle);
      return handle;
    };

    beforeEach(async () => {
      echo = await startEcho();
      made = await make(echo.port);
    });
    afterEach(async () => {
      await Promise.all(handles.splice(0).map((handle) => handle.close()));
      await made.close();
      await echo.close();
    });

    it('gives an address, without a slash at its end, through which the port on this machine answers', async () => {
      const handle = await open();
      expect(handle.url).toMatch(/^https?:\/\/[^/]+(\/.*[^/])?$/);
      const response = await fetch(`${handle.url}/w/a-path?x=1`, { method: 'POST', body: 'ünïcode' });
      expect(await response.text()).toBe('POST /w/a-path?x=1 ünïcode');
    });

    it('carries a large body to the byte', async () => {
      const handle = await open();
      const body = 'größe✓'.repeat(20_000);
      const response = await fetch(`${handle.url}/big`, { method: 'POST', body });
      expect((await response.text()) === `POST /big ${body}`).toBe(true);
    });

    it('says how long to wait before the same name can be had again', async () => {
      expect((await open()).reopenAfterMs).toBeGreaterThanOrEqual(0);
    });

    it('rejects at once with a failure when it is no longer wanted', async () => {
      const ending = new AbortController();
      ending.abort();
      const error = await open(ending.signal).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(FailureError);
      expect(error).toMatchObject({ failure: { code: 'shutting_down' } });
    });

    it('can be closed twice, and takes a listener for trouble at any time', async () => {
      const handle = await open();
      handle.onTrouble(() => undefined);
      await handle.close();
      await handle.close();
      handle.onTrouble(() => undefined);
    });
  });
}
