/**
 * What is known and told of one account's door: the view, the gap that may be open, and the episode in which
 * at most one notice is raised. Decides nothing about tunnels; doorKeeper.ts does.
 */
import type { DoorCause } from '../domain/doorCause.ts';
import type { Millis } from '../domain/ids.ts';
import { type DoorSpeech, doorSpeech } from './doorWords.ts';
import type { DoorNotice, DoorState, DoorView, IntakeDeps } from './intake.ts';

/** A door that heals sooner was not worth a notice. */
const NOTICE_AFTER_MS = 20_000;
/** A door that has held this long ends the episode. */
const EPISODE_ENDS_AFTER_MS = 300_000;

type Shown = {
  readonly state: DoorState;
  readonly words: string;
  readonly why?: string;
  readonly cause?: DoorCause;
  readonly publicUrl?: string;
  readonly nextTryAt?: Millis;
};

export interface DoorRecord {
  readonly speech: DoorSpeech;
  view(): DoorView;
  /** A first attempt begins. */
  opening(): void;
  /** A later attempt runs: still polling or off, in other words. */
  retrying(): void;
  /** The door answered our own check. */
  proven(at: Millis, roundTripMs: number): void;
  webhookArrived(at: Millis): void;
  lastWebhookAt(): Millis | undefined;
  /** A gap of somebody else's covers everything until `at`. */
  missedUntil(at: Millis): void;
  /** The provider has this address of ours; `undefined`: none any more. */
  registered(url: string | undefined): void;
  /** The door holds. `byHandWhy` tells why the owner has to set the address at the provider, where that is so. */
  live(url: string, byHandWhy?: string): void;
  /** The door holds, but the provider does not know the address. `why` once telling it has failed. */
  moved(url: string, words: string, why?: string, nextTryAt?: Millis): void;
  /** No webhook can come in: shows `polling` or `off`. `nextTryAt` only where we try again by ourselves. */
  shut(why: string, cause: DoorCause, nextTryAt?: Millis): void;
  /** The app ends; an open gap stays open, and no notice comes any more. */
  stopped(): void;
  notice(notice: DoorNotice): void;
}

export function createDoorRecord(deps: IntakeDeps): DoorRecord {
  const { clock } = deps;
  const speech = doorSpeech(deps.providerName);
  let shown: Shown = { state: 'off', words: speech.notStarted };
  let since = clock.now();
  let lastProofAt: Millis | undefined;
  let lastProofMs: number | undefined;
  let lastWebhookAt: Millis | undefined;
  let toldUntil = Number.NEGATIVE_INFINITY;
  let registeredUrl: string | undefined;
  let gap: number | undefined;
  let episode: { told: boolean } | undefined;
  let cancelNotice = () => {};
  let cancelHolding = () => {};
  /** What the notice will tell. */
  let lost = { why: '', retrying: true };

  function view(): DoorView {
    return {
      state: shown.state,
      words: shown.words,
      publicUrl: shown.publicUrl ?? null,
      since,
      why: shown.why ?? null,
      cause: shown.cause ?? null,
      nextTryAt: shown.nextTryAt ?? null,
      lastProofAt: lastProofAt ?? null,
      lastProofMs: lastProofMs ?? null,
      webhookRegistered: registeredUrl !== undefined && (shown.publicUrl ?? registeredUrl) === registeredUrl,
    };
  }

  function show(next: Shown): void {
    if (next.state !== shown.state || next.publicUrl !== shown.publicUrl) {
      since = clock.now();
      deps.log.info(`door.${next.state}`, { account: deps.account, from: shown.state, url: next.publicUrl, why: next.why });
    }
    shown = next;
    deps.onChange(view());
  }

  function closeGap(): void {
    if (gap !== undefined) deps.gaps.close(gap, clock.now());
    gap = undefined;
  }

  /** Since when nothing could reach us, should the door be shut now. The poller runs in every state but `live`. */
  function darkSince(polls: boolean): Millis | undefined {
    if (shown.state === 'live') return Math.min(Math.max(lastProofAt ?? since, toldUntil), clock.now());
    if (polls) return undefined;
    return shown.state === 'opening' ? since : clock.now();
  }

  function noteGap(why: string): void {
    const polls = deps.canPoll();
    const from = darkSince(polls);
    if (from !== undefined) gap ??= deps.gaps.open(from, why);
    if (polls) closeGap();
  }

  function notice(told: DoorNotice): void {
    episode ??= { told: false };
    if (episode.told) return;
    episode.told = true;
    deps.onNotice(told);
  }

  /** The episode begins or goes on; unless the door heals soon, it gets its one notice. */
  function trouble(why: string): void {
    episode ??= { told: false };
    lost = { ...lost, why };
    cancelNotice();
    cancelNotice = clock.after(NOTICE_AFTER_MS, () =>
      notice({ level: 'warning', message: speech.lostNotice(deps.canPoll(), lost.retrying), detail: lost.why }),
    );
  }

  function holding(): void {
    closeGap();
    cancelNotice();
    cancelHolding();
    cancelHolding = clock.after(EPISODE_ENDS_AFTER_MS, () => {
      episode = undefined;
    });
  }

  return {
    speech,
    view,
    notice,
    opening: () => show({ state: 'opening', words: speech.opening }),
    retrying() {
      if (shown.why !== undefined) show({ ...shown, words: speech.retrying(shown.why), nextTryAt: undefined });
    },
    proven(at, roundTripMs) {
      lastProofAt = Math.max(at, lastProofAt ?? at);
      lastProofMs = roundTripMs;
      deps.onChange(view());
    },
    webhookArrived(at) {
      lastProofAt = Math.max(at, lastProofAt ?? at);
      lastWebhookAt = at;
      const { state, publicUrl } = shown;
      if (state !== 'live' || publicUrl === undefined || registeredUrl === publicUrl) return;
      // no other sign ever comes that the owner has set the address by hand
      registeredUrl = publicUrl;
      show({ state, publicUrl, words: speech.liveByHandProven(publicUrl) });
    },
    lastWebhookAt: () => lastWebhookAt,
    missedUntil(at) {
      toldUntil = at;
    },
    registered(url) {
      registeredUrl = url;
    },
    live(url, byHandWhy) {
      holding();
      if (byHandWhy === undefined) show({ state: 'live', publicUrl: url, words: speech.live(url) });
      else if (registeredUrl === url) show({ state: 'live', publicUrl: url, words: speech.liveByHandProven(url) });
      else show({ state: 'live', publicUrl: url, words: speech.liveByHand(url, byHandWhy, deps.canPoll()), why: byHandWhy, cause: 'by-hand' });
    },
    moved(url, words, why, nextTryAt) {
      if (why !== undefined) noteGap(why);
      show({ state: 'moved', publicUrl: url, words, why, nextTryAt, ...(why === undefined ? {} : { cause: 'not-told' as const }) });
    },
    shut(why, cause, nextTryAt) {
      noteGap(why);
      cancelHolding();
      const wasOpen = shown.state === 'live' || shown.state === 'moved';
      const retrying = nextTryAt !== undefined;
      lost = retrying ? { ...lost, retrying } : { why, retrying };
      // who wants no door need not be told that there is none
      if (cause === 'closed' || cause === 'no-tunnel') cancelNotice();
      else if (wasOpen || (retrying && shown.state === 'opening')) trouble(why);
      if (deps.canPoll()) show({ state: 'polling', words: speech.polling(why), why, cause, nextTryAt });
      else show({ state: 'off', words: speech.off(why), why, cause, nextTryAt });
    },
    stopped() {
      cancelNotice();
      cancelHolding();
      show({ state: 'off', words: speech.stopped, why: speech.stopped, cause: 'stopping' });
    },
  };
}
