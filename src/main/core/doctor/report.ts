/** Findings made into a report, and the report into text for a letter. Everything in it is masked here, at the mouth. */
import type { DatabaseFigures, DoctorReport, Finding } from '../../../shared/contract/health.ts';
import type { Millis } from '../domain/ids.ts';
import { maskNumbers, maskSecrets } from '../domain/mask.ts';
import { byUrgency, needsOwner } from './finding.ts';

export type ReportParts = {
  readonly at: Millis;
  readonly asked: boolean;
  /** Masked already. */
  readonly findings: readonly Finding[];
  readonly database: DatabaseFigures | null;
  readonly version: string;
  /** Masked already. */
  nameOf(account: string): string;
};

/** `finding` without what must not be shown: `secrets` wherever they stand, and telephone numbers unless it speaks of versions. */
export function masked(finding: Finding, secrets: readonly string[], speaksOfVersions = false): Finding {
  const clean = (text: string) => (speaksOfVersions ? maskSecrets(text, secrets) : maskNumbers(maskSecrets(text, secrets)));
  return {
    ...finding,
    title: clean(finding.title),
    cause: clean(finding.cause),
    evidence: finding.evidence.map(clean),
    nextStep: finding.nextStep === null ? null : clean(finding.nextStep),
  };
}

export function reportOf(parts: ReportParts): DoctorReport {
  const findings = byUrgency(parts.findings);
  const needs = findings.filter(needsOwner).length;
  return { at: parts.at, asked: parts.asked, findings, needs, database: parts.database, text: textOf(findings, needs, parts) };
}

function textOf(findings: readonly Finding[], needs: number, parts: ReportParts): string {
  const head = `Tickline ${parts.version}, looked at ${new Date(parts.at).toISOString().slice(0, 19)} UTC${parts.asked ? '' : ' (without asking the providers)'}`;
  const verdict = needs === 0 ? 'Nothing needs you.' : `${needs} ${needs === 1 ? 'thing needs' : 'things need'} a look.`;
  const blocks = findings.map((one) => {
    const who = one.account === null ? '' : ` (${parts.nameOf(one.account)})`;
    const lines = [`[${one.level}] ${one.title}${who}  ${one.id}`, `  ${one.cause}`, ...one.evidence.map((line) => `  - ${line}`)];
    return [...lines, ...(one.nextStep === null ? [] : [`  Next: ${one.nextStep}`])].join('\n');
  });
  return [head, verdict, '', ...blocks].join('\n');
}
