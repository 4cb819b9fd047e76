/** How fresh each door is and what asking costs: figures for the owner's question "webhooks or polling?". */

export type FreshDoorName = 'webhook' | 'poll' | 'log' | 'send';

/** A duration read from a histogram: it lies in `fromMs` ≤ x < `toMs`. */
export type DurationRange = { readonly fromMs: number; readonly toMs: number };

export type DurationFigures = { readonly count: number; readonly median: DurationRange; readonly p95: DurationRange };

export type DoorFreshness = {
  readonly door: FreshDoorName;
  /** Statuses that this door told first. */
  readonly told: number;
  /** Of those with the provider's own stamp: from the stamp to our record. Null when there are none. */
  readonly stated: DurationFigures | null;
  /** Of those without: at most so long, because the question before did not find it yet. Null when there are none. */
  readonly atMost: DurationFigures | null;
  /** Those of which nobody can say how late they were. */
  readonly unknown: number;
};

export type RequestFigures = {
  /** Questions about a message. */
  readonly questions: number;
  /** Pages of the provider's message log. */
  readonly logPages: number;
  /** Made because somebody waited: sends, session calls. */
  readonly interactive: number;
  /** Answers that told us to stay away for a while. */
  readonly refused: number;
  /** What a loop that asks about every open message each 30 s would have asked meanwhile. */
  readonly loop: number;
  /** `loop` less questions and log pages; never below 0. */
  readonly spared: number;
};

export type AccountFreshness = {
  readonly account: string;
  readonly name: string;
  readonly demo: boolean;
  /** Every door that told something, in the order webhook, poll, log, send. */
  readonly doors: readonly DoorFreshness[];
  /** Statuses told first by a webhook, a question or the log. */
  readonly heard: number;
  /** Of those, the ones that no webhook ever told. */
  readonly onlyAsked: number;
  readonly requests: RequestFigures;
};

/** The engine's process over the last hour that it ran. */
export type LoadView = {
  /** Minutes measured, at most 60. */
  readonly minutes: number;
  /** Share of one processor core, 0.02 for 2 %; null before the first minute is over. */
  readonly cpu: number | null;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
};

/** Whole days (UTC): the first moment counted, and now. */
export type FreshnessView = {
  readonly from: number;
  readonly to: number;
  readonly accounts: readonly AccountFreshness[];
  readonly load: LoadView;
};
