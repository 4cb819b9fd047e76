/** Findings made into a report, and the report into text for a letter. Everything in it is masked here, at the mouth. */
import type { DoctorReport, Finding } from '../../../shared/contract/health.ts';
import type { Millis } from '../domain/ids.ts';
import { maskNumbers, maskSecrets } from '../domain/mask.ts';
import { byUrgency, needsOwner } from './finding.ts';

export type ReportParts = {
  readonly at: Millis;
  readonly asked: boolean;
  readonly findings: readonly Finding[];
  /** Everything that must not be shown, wherever it stands. */
  readonly secrets: readonly string[];
  readonly version: string;
  nameOf(account: string): string;
};

export function reportOf(parts: ReportParts): DoctorReport {
  const clean = (text: string) => maskNumbers(maskSecrets(text, parts.secrets));
  const findings = byUrgency(parts.findings).map((one) => ({
    ...one,
    title: clean(one.title),
    cause: clean(one.cause),
    evidence: one.evidence.map(clean),
    nextStep: one.nextStep === null ? null : clean(one.nextStep),
  }));
  const needs = findings.filter(needsOwner).length;
  return { at: parts.at, asked: parts.asked, findings, needs, text: textOf(findings, needs, parts, clean) };
}

function textOf(findings: readonly Finding[], needs: number, parts: ReportParts, clean: (text: string) => string): string {
  const head = `Tickline ${parts.version}, looked at ${new Date(parts.at).toISOString().slice(0, 19)} UTC${parts.asked ? '' : ' (without asking the providers)'}`;
  const verdict = needs === 0 ? 'Nothing needs you.' : `${needs} ${needs === 1 ? 'thing needs' : 'things need'} a look.`;
  const blocks = findings.map((one) => {
    const who = one.account === null ? '' : ` (${clean(parts.nameOf(one.account))})`;
    const lines = [`[${one.level}] ${one.title}${who}  ${one.id}`, `  ${one.cause}`, ...one.evidence.map((line) => `  - ${line}`)];
    return [...lines, ...(one.nextStep === null ? [] : [`  Next: ${one.nextStep}`])].join('\n');
  });
  return [head, verdict, '', ...blocks].join('\n');
}
