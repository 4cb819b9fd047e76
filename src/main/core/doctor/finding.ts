/** How findings are made and put in order. */
import type { Finding, FindingAction, FindingLevel } from '../../../shared/contract/health.ts';
import type { Facts } from './facts.ts';

/** Pure: the same facts, the same findings. May throw; the runner says so in its place. */
export type Check = {
  readonly name: string;
  readonly title: string;
  /** Its long figures are versions and its words are ours, so nothing is to be taken for a telephone number. */
  readonly speaksOfVersions?: true;
  readonly look: (facts: Facts) => readonly Finding[];
};

export type FindingParts = {
  readonly id: string;
  readonly level: FindingLevel;
  readonly account?: string | null;
  readonly title: string;
  readonly cause: string;
  readonly evidence?: readonly (string | null | undefined | false)[];
  readonly nextStep?: string | null;
  readonly action?: FindingAction | null;
};

/** A finding with what was left out filled in; evidence that is not there is dropped. */
export function finding(parts: FindingParts): Finding {
  return {
    id: parts.id,
    level: parts.level,
    account: parts.account ?? null,
    title: parts.title,
    cause: parts.cause,
    evidence: (parts.evidence ?? []).filter((line): line is string => typeof line === 'string' && line !== ''),
    nextStep: parts.nextStep ?? null,
    action: parts.action ?? null,
  };
}

const URGENCY: Readonly<Record<FindingLevel, number>> = { problem: 0, warning: 1, note: 2, ok: 3 };

/** Most urgent first; within one level as the checks stand in their list, so that rows keep their places. */
export function byUrgency(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => URGENCY[a.level] - URGENCY[b.level]);
}

/** What needs the owner. */
export function needsOwner(one: Finding): boolean {
  return one.level === 'warning' || one.level === 'problem';
}
