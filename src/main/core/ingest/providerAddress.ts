/** Which public address the provider posts to: tells it ours, and takes it back on the way out. */
import type { Failure, Result } from '../domain/failure.ts';
import type { DoorRecord } from './doorRecord.ts';
import type { IntakeDeps } from './intake.ts';
import { backOffMs, withinTime } from './pause.ts';

const REGISTER_MS = 15_000;
const TAKE_BACK_MS = 3_000;

export interface ProviderAddress {
  /**
   * Tells the provider `url` unless it has it, and shows the outcome. Gives the ms after which it must be tried
   * again (`refusals` tries have failed before), `undefined` when there is nothing more to try. Never rejects.
   */
  tell(url: string, refusals: number, signal: AbortSignal): Promise<number | undefined>;
  /** The provider may not have our address any more: the next `tell` does tell it. */
  forget(): void;
  /** Puts back what the provider had before us; gives up after 3 s. Never rejects. */
  takeBack(): Promise<void>;
}

export function createProviderAddress(deps: IntakeDeps, record: DoorRecord): ProviderAddress {
  const { clock } = deps;
  const { speech } = record;
  /** What the provider has been told in this run. */
  let toldUrl: string | undefined;
  /** What it was told last, perhaps in an earlier run. */
  let lastUrl = deps.lastUrl;
  /** A request under way may still take effect after we have stopped waiting for it, so the next one waits until it has ended. */
  let underWay: Promise<unknown> = Promise.resolve();
  let perhapsTold = false;

  async function tell(url: string, refusals: number, signal: AbortSignal): Promise<number | undefined> {
    if (toldUrl === url) {
      record.live(url);
      return undefined;
    }
    const moved = lastUrl !== undefined && lastUrl !== url;
    if (moved) record.moved(url, speech.telling(url));
    const toldBefore = perhapsTold;
    const told = await register(url, signal);
    if (signal.aborted) return undefined;
    if (told === undefined) return tellAgain(url, `${deps.providerName} did not answer.`, backOffMs(refusals + 1, deps.random));
    if (told.ok) {
      perhapsTold = true;
      toldUrl = lastUrl = url;
      deps.onAddress?.('ours');
      record.registered(url);
      record.live(url);
      if (moved) record.notice({ level: 'info', message: speech.movedNotice, detail: url });
      return undefined;
    }
    const { retry, message, afterMs } = told.error;
    if (retry) return tellAgain(url, message, Math.max(backOffMs(refusals + 1, deps.random), afterMs ?? 0));
    if (told.error.code === 'secret_missing') deps.onAddress?.('ours');
    else perhapsTold = toldBefore;
    lastUrl = url;
    record.live(url, message);
    if (moved) record.notice({ level: 'warning', message: speech.movedByHandNotice(url), detail: message });
    return undefined;
  }

  function tellAgain(url: string, why: string, afterMs: number): number {
    record.moved(url, speech.notTold(url, why, deps.canPoll()), why, clock.now() + afterMs);
    return afterMs;
  }

  /** The provider's answer; `undefined` when it took too long or is no longer wanted. */
  function register(url: string, signal: AbortSignal): Promise<Result<void> | undefined> {
    perhapsTold = true;
    let wanted = true;
    const work = inTurn(async () => (wanted ? await guarded(() => deps.webhook.register(url)) : undefined));
    return new Promise((resolve) => {
      const giveUp = () => {
        wanted = false;
        resolve(undefined);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      void withinTime(clock, REGISTER_MS, work).then((told) => {
        signal.removeEventListener('abort', giveUp);
        wanted = false;
        resolve(told);
      });
    });
  }

  /** One request after the other. `work` never rejects. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = underWay.then(work);
    underWay = turn;
    return turn;
  }

  /** A callback that throws is a bug of ours: told as such, and tried again later. */
  async function guarded(work: () => Promise<Result<void>>): Promise<Result<void>> {
    try {
      return await work();
    } catch (cause) {
      deps.log.error('door.webhook-threw', { account: deps.account, error: String(cause) });
      const error: Failure = { code: 'our_fault', message: 'The address could not be set because of a fault of ours.', retry: true };
      return { ok: false, error };
    }
  }

  async function takeBack(): Promise<void> {
    record.registered(undefined);
    if (!perhapsTold) return;
    perhapsTold = false;
    toldUrl = undefined;
    const work = inTurn(() => guarded(() => deps.webhook.unregister()));
    const result = await withinTime(clock, TAKE_BACK_MS, work);
    if (result?.ok === true) {
      deps.onAddress?.('back');
      return;
    }
    const why = result === undefined ? `${deps.providerName} did not answer in time.` : result.error.message;
    deps.onAddress?.({ failed: why });
    deps.log.warn('door.address-not-taken-back', { account: deps.account, why });
  }

  return {
    tell,
    takeBack,
    forget() {
      toldUrl = undefined;
    },
  };
}
