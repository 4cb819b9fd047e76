/**
 * The tick line: a message's whole life in one stroke. Distance is time since the message was queued,
 * on one log scale for every row, so rows compare at a glance. Pure: a row and a moment in, geometry out.
 */
import type { MessageRow, Rung, Step } from '../../../shared/contract/views.ts';
import { clockTime, DAY, HOUR, lengthOf, MINUTE, SECOND } from './format.ts';
import { SAID_WORD, stateWords } from './words.ts';

/** Places are per cent of the line's length, from its start (right-to-left safe). */
export type TickLine = {
  readonly nodes: readonly TickNode[];
  readonly runs: readonly TickRun[];
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** The same life in words, for those who do not see the stroke. */
  readonly words: string;
};

export type TickNode = {
  readonly step: Rung | 'failed';
  /** `known` a filled node, `open` a hollow one, `span` a hollow stretch: it lies somewhere between `from` and `at`. */
  readonly form: 'known' | 'open' | 'span';
  readonly at: number;
  readonly from: number;
};

export type TickRun = { readonly tone: 'plain' | 'read' | 'failed'; readonly from: number; readonly to: number; readonly strength: number };

export const START = 2;
const END = 97;
const SECOND_PLACE = 16;
const PER_DECADE = 15;
/** So that neighbours never hide each other: one node's width and a little. */
const NEAREST = 4.2;
const SPAN_LEAST = 7;
const GAP_LEAST = 4;
const OPEN_DELIVERED = 48;

/** Where `ms` after the start stands: 0 at the start, then 1 s, 1 min, 1 h and 1 day at fixed places, ending near 3 days. */
export function placeOf(ms: number): number {
  const seconds = Math.max(0, ms) / SECOND;
  const place = seconds <= 1 ? START + (SECOND_PLACE - START) * Math.log10(1 + 9 * seconds) : SECOND_PLACE + PER_DECADE * Math.log10(seconds);
  return Math.min(END, place);
}

/** The marks of the scale, the same in every row. */
export const SCALE_MARKS = [
  { label: '1 s', at: placeOf(SECOND) },
  { label: '1 min', at: placeOf(MINUTE) },
  { label: '1 h', at: placeOf(HOUR) },
  { label: '1 day', at: placeOf(DAY) },
] as const;

const DRAWN: readonly (Rung | 'failed')[] = ['queued', 'sent', 'delivered', 'read', 'played', 'failed'];

type Placed = { readonly step: Rung | 'failed'; readonly evidence: Step };

/** The moment that stands at the start of the line: the first thing known about the message. */
export function startOf(row: MessageRow): number {
  const queued = row.steps.queued;
  if (queued) return queued.at;
  const times = DRAWN.flatMap((step) => row.steps[step]?.at ?? []);
  return times.length === 0 ? row.firstAt : Math.min(row.firstAt, ...times);
}

/** The geometry of `row` at the moment `now` (ms). */
export function tickLine(row: MessageRow, now: number): TickLine {
  const start = startOf(row);
  const placeAt = (at: number) => placeOf(at - start);
  const known = knownSteps(row);
  const nodes = placeKnown(known, placeAt);
  const runs = runsBetween(nodes);
  const share = groupShare(row);
  const last = nodes.at(-1);
  const open = openNodes(row, known, last?.at ?? START, placeAt(now));
  const nextOpen = open.find((node) => node.step === 'read');
  if (share > 0 && last && nextOpen) {
    const to = Math.min(Math.max(placeAt(now), last.at + NEAREST), nextOpen.at - NEAREST / 2);
    if (to > last.at) runs.push({ tone: 'read', from: last.at, to, strength: 0.3 + 0.7 * share });
  }
  return { nodes: [...nodes, ...open], runs, gaps: gapsOf(row, start, now, placeAt), words: wordsOf(row, known, start) };
}

/** The steps that are known and drawn, in ladder order; a failure that a real delivery has overtaken is history. */
function knownSteps(row: MessageRow): readonly Placed[] {
  return DRAWN.flatMap((step): Placed[] => {
    const evidence = row.steps[step];
    if (evidence === undefined) return [];
    if (step === 'failed' && row.status !== 'failed') return [];
    return [{ step, evidence }];
  });
}

function placeKnown(known: readonly Placed[], placeAt: (at: number) => number): TickNode[] {
  const nodes: TickNode[] = [];
  let least = START;
  for (const { step, evidence } of known) {
    const at = Math.max(placeAt(evidence.at), least);
    if (evidence.how === 'between') {
      const before = nodes.at(-1)?.at ?? START;
      const after = evidence.after === undefined ? before : Math.max(placeAt(evidence.after), before);
      const to = Math.max(at, before + SPAN_LEAST + NEAREST / 2);
      const from = Math.min(Math.max(after, before + NEAREST / 2), to - SPAN_LEAST);
      nodes.push({ step, form: 'span', from, at: to });
      least = to + NEAREST;
    } else {
      nodes.push({ step, form: 'known', from: at, at });
      least = at + NEAREST;
    }
  }
  return fitInside(nodes);
}

/** Steps that crowd at the far end are moved back, keeping their order. */
function fitInside(nodes: readonly TickNode[]): TickNode[] {
  let most = END;
  return nodes
    .toReversed()
    .map((node) => {
      const at = Math.min(node.at, most);
      const isSpan = node.form === 'span';
      const moved = { ...node, at, from: isSpan ? Math.min(node.from, at - SPAN_LEAST) : at };
      most = moved.from - (isSpan ? NEAREST / 2 : NEAREST);
      return moved;
    })
    .toReversed();
}

function runsBetween(nodes: readonly TickNode[]): TickRun[] {
  return nodes.slice(1).map((node, index) => {
    const before = nodes[index];
    const tone = node.step === 'failed' ? 'failed' : node.step === 'read' || node.step === 'played' ? 'read' : 'plain';
    return { tone, from: before?.at ?? START, to: node.form === 'span' ? node.from : node.at, strength: 1 };
  });
}

/** The hollow nodes: what is still waited for, never drawn earlier than now. */
function openNodes(row: MessageRow, known: readonly Placed[], last: number, now: number): TickNode[] {
  if (row.status === 'failed' || row.deleted) return [];
  const has = (step: Rung) => known.some((one) => one.step === step);
  if (has('read') || has('played')) return [];
  const read: TickNode = { step: 'read', form: 'open', at: END, from: END };
  if (has('delivered')) return last < END - NEAREST ? [read] : [];
  const at = Math.min(Math.max(OPEN_DELIVERED, now, last + NEAREST), END - 2 * NEAREST);
  return at > last ? [{ step: 'delivered', form: 'open', at, from: at }, read] : [read];
}

/** Which part of a group has read while not everybody has; 0 for a person. */
function groupShare(row: MessageRow): number {
  if (row.group === null || row.group.people === 0 || row.steps.read) return 0;
  return row.group.read / row.group.people;
}

function gapsOf(row: MessageRow, start: number, now: number, placeAt: (at: number) => number): { from: number; to: number }[] {
  const end = lifeEnd(row, now);
  return row.gaps.flatMap((gap) => {
    const [from, to] = [Math.max(gap.from, start), Math.min(gap.to ?? now, end)];
    if (to < from) return [];
    const place = placeAt(from);
    return [{ from: Math.min(place, END - GAP_LEAST), to: Math.max(placeAt(to), Math.min(place, END - GAP_LEAST) + GAP_LEAST) }];
  });
}

function lifeEnd(row: MessageRow, now: number): number {
  const finished = row.status === 'failed' || row.status === 'read' || row.status === 'played';
  return finished ? Math.max(row.statusAt ?? now, row.firstAt) : now;
}

function wordsOf(row: MessageRow, known: readonly Placed[], start: number): string {
  const parts = known.map(({ step, evidence }, index) => {
    const word = SAID_WORD[step];
    if (index === 0 && evidence.at - start < SECOND) return `${word} at ${clockTime(evidence.at)}`;
    const lower = word.toLowerCase();
    if (evidence.how !== 'between') return `${lower} after ${lengthOf(evidence.at - start)}`;
    if (evidence.after === undefined) return `${lower} within ${lengthOf(evidence.at - start)}`;
    return `${lower} between ${lengthOf(evidence.after - start)} and ${lengthOf(evidence.at - start)}`;
  });
  if (row.steps.read && !row.steps.delivered) parts.push('when it was delivered is not known');
  if (row.group || row.status === 'failed' || parts.length === 0) parts.push(stateWords(row));
  else if (row.unseen !== null) parts.push('reading cannot be seen');
  const gaps = row.gaps.map((gap) => `not listening from ${clockTime(gap.from)}${gap.to === null ? ' until now' : ` to ${clockTime(gap.to)}`}`);
  return `${[...parts, ...gaps].join(', ')}.`;
}
