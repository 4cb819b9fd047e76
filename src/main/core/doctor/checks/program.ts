/** Is Tickline itself, and what it stands on, as it should be? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { FrameFacts } from '../../ports/host.ts';
import type { Facts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { lengthOf, momentOf } from '../words.ts';

export const programCheck: Check = {
  name: 'program',
  title: 'Version',
  speaksOfVersions: true,
  look: (facts) => [...versions(facts), ...vault(facts)],
};

function versions({ program, now }: Facts): readonly Finding[] {
  const { frame } = program;
  const evidence = [
    `Tickline ${program.version}, ${program.mode === 'desktop' ? 'desktop app' : 'in the browser'}`,
    frame !== undefined && `${frame.name} ${frame.version}`,
    ...program.parts.map((part) => `${part.name} ${part.version}`),
    `SQLite ${program.sqlite}`,
    `Running since ${momentOf(program.startedAt)}, for ${lengthOf(now - program.startedAt)}`,
  ];
  const old = frame === undefined ? undefined : ageOf(frame);
  if (frame !== undefined && old !== undefined) {
    return [
      finding({
        id: `program.frame-${old}`,
        level: old === 'unsupported' ? 'problem' : 'warning',
        title: old === 'unsupported' ? `${frame.name} gets no more repairs` : `${frame.name} is behind its newest repair`,
        cause:
          old === 'unsupported'
            ? `The window of Tickline runs on ${frame.name} ${frame.version}; holes found in its line are no longer mended.`
            : `The window of Tickline runs on ${frame.name} ${frame.version}; ${frame.newest} mends holes found since.`,
        evidence: [
          `As known on ${frame.asOf}: newest of this line ${frame.newest ?? 'none'}, oldest line mended ${frame.oldestSupported}`,
          ...evidence,
        ],
        nextStep: 'Install the newest Tickline; it brings a newer one.',
      }),
    ];
  }
  return [
    finding({
      id: 'program.fine',
      level: 'ok',
      title: `Tickline ${program.version}`,
      cause: 'The parts it stands on are as they should be.',
      evidence,
    }),
  ];
}

function ageOf({ version, newest, oldestSupported }: FrameFacts): 'unsupported' | 'behind' | undefined {
  const major = Number(version.split('.')[0]);
  if (major < oldestSupported) return 'unsupported';
  return newest !== undefined && isOlder(version, newest) ? 'behind' : undefined;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function vault({ vault: { backend, protects, words, trouble } }: Facts): readonly Finding[] {
  if (trouble !== undefined) {
    return [
      finding({
        id: 'program.vault-trouble',
        level: 'warning',
        title: 'Something befell the saved keys',
        cause: trouble,
        evidence: [words],
        nextStep: 'Enter the keys again in Settings where they are missing.',
        action: { kind: 'go', label: 'Open Settings', screen: 'settings', account: null },
      }),
    ];
  }
  if (protects) return [finding({ id: 'program.vault', level: 'ok', title: 'Keys are protected', cause: words })];
  // A key file is the owner's own choice of way to run; a missing keyring is not.
  const chosen = backend === 'key-file';
  return [
    finding({
      id: chosen ? 'program.key-file' : 'program.no-keyring',
      level: chosen ? 'note' : 'warning',
      title: chosen ? 'Keys are locked with a file in the same folder' : 'Keys are not protected on this computer',
      cause: words,
      nextStep: chosen
        ? 'To protect them from whoever copies the folder, start Tickline with --passphrase-file.'
        : 'Install a keyring, then enter the keys again in Settings.',
    }),
  ];
}
