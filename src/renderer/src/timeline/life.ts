/** The tick line stood up: the steps and gaps of one message in the order in which they happened. Pure. */
import type { Certainty, GapView, ReceiptView, Said, Source, Step, Timeline } from '../../../shared/contract/views.ts';

/** An inbox entry behind a step, and which way it came. */
export type Entry = { readonly id: number; readonly source: Source };

export type LifeItem =
  | {
      readonly kind: 'step';
      readonly said: Said;
      readonly at: number;
      readonly after: number | null;
      readonly how: Certainty;
      readonly source: Source | undefined;
      readonly reason: string | null;
      /** The inbox entries behind it, oldest first, and how often they came again. */
      readonly entries: readonly Entry[];
      readonly repeats: number;
    }
  | { readonly kind: 'gap'; readonly gap: GapView }
  | {
      readonly kind: 'people';
      readonly said: 'delivered' | 'read' | 'played';
      readonly reached: number;
      readonly people: number;
      readonly entries: readonly Entry[];
    }
  /** `unseen`: why it may have happened all the same. */
  | { readonly kind: 'open'; readonly said: Said; readonly unseen: string | null };

const SAID_ORDER: readonly Said[] = ['queued', 'sent', 'delivered', 'read', 'played', 'failed', 'deleted'];

export function lifeOf(timeline: Timeline): readonly LifeItem[] {
  const { message, receipts } = timeline;
  const steps = SAID_ORDER.flatMap((said): LifeItem[] => {
    const step = message.steps[said];
    return step === undefined ? [] : [stepItem(said, step, receipts)];
  });
  const people = peopleItems(timeline);
  return [...withGaps([...steps, ...people], timeline.gaps), ...openItems(timeline)];
}

function stepItem(said: Said, step: Step, receipts: readonly ReceiptView[]): LifeItem {
  const own = receipts.filter((receipt) => receipt.said === said);
  const best = own.find((receipt) => receipt.at === step.at && receipt.certainty === step.how) ?? own[0];
  return {
    kind: 'step',
    said,
    at: step.at,
    after: step.how === 'between' ? (step.after ?? null) : null,
    how: step.how,
    source: best?.source,
    reason: step.reason ?? best?.reason ?? null,
    ...evidence(own),
  };
}

function evidence(receipts: readonly ReceiptView[]): { entries: readonly Entry[]; repeats: number } {
  const entries = new Map(receipts.map(({ inboxId, source }) => [inboxId, { id: inboxId, source }]));
  return {
    entries: [...entries.values()].toSorted((a, b) => a.id - b.id),
    repeats: receipts.reduce((sum, receipt) => sum + receipt.repeats, 0),
  };
}

/** For a group: what some have reached and not yet everybody. */
function peopleItems({ message, receipts }: Timeline): LifeItem[] {
  const { group } = message;
  if (group === null) return [];
  return (['delivered', 'read', 'played'] as const).flatMap((said): LifeItem[] => {
    if (message.steps[said] || group[said] === 0 || group[said] >= group.people) return [];
    const own = receipts.filter((receipt) => receipt.said === said);
    return [{ kind: 'people', said, reached: group[said], people: group.people, entries: evidence(own).entries }];
  });
}

function withGaps(items: readonly LifeItem[], gaps: readonly GapView[]): LifeItem[] {
  const placed: LifeItem[] = [];
  const left = [...gaps].toSorted((a, b) => a.from - b.from);
  for (const item of items) {
    while (item.kind === 'step' && left[0] !== undefined && left[0].from < item.at) {
      const gap = left.shift();
      if (gap) placed.push({ kind: 'gap', gap });
    }
    placed.push(item);
  }
  return [...placed, ...left.map((gap): LifeItem => ({ kind: 'gap', gap }))];
}

/** What is still waited for. */
function openItems({ message, unseenWords }: Timeline): LifeItem[] {
  if (message.status === 'failed' || message.deleted) return [];
  const has = (said: Said) => message.steps[said] !== undefined;
  const open: LifeItem[] = [];
  if (!has('delivered') && !has('read') && !has('played') && (message.group?.delivered ?? 0) === 0)
    open.push({ kind: 'open', said: 'delivered', unseen: null });
  if (!has('read') && !has('played') && (message.group?.read ?? 0) === 0) open.push({ kind: 'open', said: 'read', unseen: unseenWords });
  return open;
}
