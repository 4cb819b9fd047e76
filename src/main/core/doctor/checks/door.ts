/** Do webhooks reach this computer, and if not, what stands in the way? */
import type { Finding, FindingAction } from '../../../../shared/contract/health.ts';
import type { AccountFacts, AskedFacts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { lengthOf, momentOf } from '../words.ts';
import { addressTrouble, type DoorTrouble, troubleWords } from './doorTroubles.ts';

export const doorCheck: Check = { name: 'door', title: 'Way in for webhooks', look: ({ accounts }) => accounts.flatMap(look) };

/** A webhook that takes this long on the way is near the deadline of senders. */
const SLOW_MS = 4_000;

function look(account: AccountFacts): readonly Finding[] {
  const { intake, tunnel } = account;
  if (!account.provider.can.webhook) return [];
  const evidence = evidenceOf(account);
  const common = { account: account.id, evidence };
  const open: FindingAction = { kind: 'ask', label: 'Open it now', request: 'intake.open', account: account.id };
  if (tunnel.kind === 'none')
    return [finding({ ...common, id: 'door.none', level: 'note', title: 'No way in, by your choice', cause: intake.words })];
  const unfit = addressTrouble(tunnel, account.providerIsNear);
  if (unfit !== undefined) return [troubled(account, unfit, evidence, open)];
  const probe = freshProbe(account);
  if (probe !== undefined && probe.result.verdict !== 'live') return [troubled(account, probe.result.verdict, evidence, open)];
  if (intake.state === 'live') {
    const tookMs = probe?.result.verdict === 'live' ? probe.result.roundTripMs : intake.lastProofMs;
    if (tookMs !== null && tookMs > SLOW_MS) {
      return [
        finding({
          ...common,
          id: 'door.slow',
          level: 'warning',
          title: 'The way in is slow',
          cause: `A question to our own public address took ${lengthOf(tookMs)} to come back. Senders of webhooks give up after some seconds; what they give up on, Tickline asks about.`,
          nextStep: 'Look at the connection of this computer. If it stays so, choose another tunnel in Settings.',
          action: { kind: 'go', label: 'Open Settings', screen: 'settings', account: account.id },
        }),
      ];
    }
    return [
      finding({
        ...common,
        id: 'door.live',
        level: 'ok',
        title: 'Webhooks reach this computer',
        cause: 'The public address leads here, which we have just tried.',
      }),
    ];
  }
  if (intake.state === 'opening' || intake.state === 'moved') {
    if (intake.cause === 'not-told') return [troubled(account, 'not-told', evidence, open)];
    return [finding({ ...common, id: `door.${intake.state}`, level: 'note', title: 'The way in is being opened', cause: intake.words })];
  }
  return [troubled(account, intake.cause ?? 'unknown', evidence, open)];
}

/** The self-check's answer, unless the door has changed or was proven since. */
function freshProbe({ asked, intake }: AccountFacts): AskedFacts['probe'] {
  if (asked?.probe === undefined || asked.at < intake.since) return undefined;
  if (asked.probe.result.verdict !== 'live' && intake.lastProofAt !== null && intake.lastProofAt > asked.probe.result.at) return undefined;
  return asked.probe;
}

function troubled(account: AccountFacts, trouble: DoorTrouble, evidence: readonly string[], open: FindingAction): Finding {
  const words = troubleWords(trouble, account);
  return finding({
    id: `door.${trouble}`,
    level: words.level,
    account: account.id,
    title: words.title,
    cause: words.cause,
    evidence,
    nextStep: words.next,
    action: words.settings ? { kind: 'go', label: 'Open Settings', screen: 'settings', account: account.id } : open,
  });
}

function evidenceOf({ intake, asked }: AccountFacts): readonly string[] {
  const probe = asked?.probe;
  return [
    probe !== undefined && `Self-check ${momentOf(probe.result.at)}: ${probeWords(probe.result)}`,
    intake.publicUrl !== null && `Public address: ${intake.publicUrl}`,
    intake.why !== null && `Reason: ${intake.why}`,
    intake.lastProofAt !== null &&
      `Last proven ${momentOf(intake.lastProofAt)}${intake.lastProofMs === null ? '' : `, in ${lengthOf(intake.lastProofMs)}`}`,
    intake.nextTryAt !== null && `Next try ${momentOf(intake.nextTryAt)}`,
  ].filter((line) => typeof line === 'string');
}

function probeWords(result: NonNullable<AskedFacts['probe']>['result']): string {
  return result.verdict === 'live' ? `came back in ${lengthOf(result.roundTripMs)}` : result.words;
}
