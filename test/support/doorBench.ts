/** An intake with everything around it scripted: a tunnel, a self-check and a provider that do as they are told. */
import { type Failure, FailureError, fail, ok, type Result } from '../../src/main/core/domain/failure.ts';
import { createIntake, type DoorNotice, type DoorView, type Intake, type IntakeDeps, type Way } from '../../src/main/core/ingest/intake.ts';
import type { ProbeMissVerdict, ProbeResult } from '../../src/main/core/ingest/probe.ts';
import type { Tunnel, TunnelRequest } from '../../src/main/core/ports/tunnel.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';

export type Gap = { readonly from: number; readonly why: string; to: number | undefined };

export type DoorBench = {
  readonly clock: FakeClock;
  readonly intake: Intake;
  readonly views: DoorView[];
  readonly notices: DoorNotice[];
  readonly gaps: Gap[];
  /** What happened outside, in order, e.g. `open shopname`, `probe`, `register http://…`, `close`. */
  readonly events: string[];
  /** When each probe was asked, in ms since the start of the clock. */
  readonly probedAt: number[];
  tunnelUrl: string;
  /** Failure of the next openings; `'hang'` never answers (the port's deadline then speaks). */
  opening: 'works' | 'hang' | Failure;
  /** What each probe finds. */
  found: 'live' | ProbeMissVerdict;
  registering: Result<void> | 'hang' | 'throws';
  unregistering: Result<void> | 'hang' | Promise<Result<void>>;
  canPoll: boolean;
  /** What writing a gap meets. */
  gapsFail: Error | undefined;
  readonly faults: unknown[];
  hint(words: string): void;
};

export function doorBench(options: Partial<Pick<IntakeDeps, 'lastUrl' | 'random'>> & { readonly name?: string; readonly way?: Way } = {}): DoorBench {
  const clock = createFakeClock();
  const views: DoorView[] = [];
  const notices: DoorNotice[] = [];
  const gaps: Gap[] = [];
  const events: string[] = [];
  const probedAt: number[] = [];
  const faults: unknown[] = [];
  let hear: ((words: string) => void) | undefined;

  const tunnel: Tunnel = {
    kind: 'localtunnel',
    async open(request) {
      events.push(`open ${request.name ?? '-'}`);
      if (bench.opening === 'hang') await neverBut(clock, request);
      if (typeof bench.opening === 'object') throw new FailureError(bench.opening);
      let closed = false;
      return {
        url: bench.tunnelUrl,
        reopenAfterMs: 1_500,
        onTrouble: (listener) => {
          hear = listener;
        },
        async close() {
          if (!closed) events.push('close');
          closed = true;
        },
      };
    },
  };

  async function probe(_url: string, { timeoutMs = 10_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<ProbeResult> {
    events.push('probe');
    probedAt.push(clock.monotonic());
    if (bench.found === 'live') return { verdict: 'live', at: clock.now(), roundTripMs: 40, clockSkewMs: undefined };
    if (bench.found === 'black-hole') {
      await new Promise<void>((resolve) => {
        clock.after(timeoutMs, resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return { verdict: bench.found, at: clock.now(), words: `The public address is ${bench.found}.` };
  }

  const bench: DoorBench = {
    clock,
    views,
    notices,
    gaps,
    events,
    probedAt,
    tunnelUrl: 'https://first.example',
    opening: 'works',
    found: 'live',
    registering: ok(undefined),
    unregistering: ok(undefined),
    canPoll: true,
    gapsFail: undefined,
    faults,
    hint: (words) => hear?.(words),
    intake: createIntake({
      account: 'acc_0000000000000001',
      providerName: 'WASenderApi',
      clock,
      log: { info() {}, warn() {}, error: (event) => events.push(`error ${event}`) },
      random: options.random ?? (() => 0.5),
      probe,
      port: () => 4_242,
      way: options.way ?? { tunnel, name: options.name ?? 'shopname' },
      lastUrl: options.lastUrl,
      webhook: {
        async register(url) {
          events.push(`register ${url}`);
          if (bench.registering === 'throws') throw new Error('a bug');
          return bench.registering === 'hang' ? new Promise(() => undefined) : bench.registering;
        },
        async unregister() {
          events.push('unregister');
          return bench.unregistering === 'hang' ? new Promise(() => undefined) : bench.unregistering;
        },
      },
      canPoll: () => bench.canPoll,
      gaps: {
        open(from, why) {
          if (bench.gapsFail !== undefined) throw bench.gapsFail;
          return gaps.push({ from, why, to: undefined }) - 1;
        },
        close(id, to) {
          const gap = gaps[id];
          if (gap === undefined) throw new Error(`no gap ${id}`);
          gap.to = to;
        },
      },
      onChange: (view) => views.push(view),
      onFault: (cause) => faults.push(cause),
      onNotice: (notice) => notices.push(notice),
    }),
  };
  return bench;
}

/** As the port demands: rejects at the deadline or when no longer wanted. */
function neverBut(clock: FakeClock, request: TunnelRequest): Promise<never> {
  return new Promise((_resolve, reject) => {
    const refuse = (words: string) => reject(new FailureError(fail('provider_unreachable', words, { retry: true }).error));
    const cancel = clock.after(request.deadlineMs, () => refuse('The tunnel service did not answer within 15 seconds.'));
    request.signal.addEventListener('abort', () => {
      cancel();
      refuse('Opening the tunnel was given up.');
    });
  });
}
