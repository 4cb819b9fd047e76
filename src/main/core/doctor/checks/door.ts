/** Do webhooks reach this computer? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { AccountFacts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { lengthOf, momentOf } from '../words.ts';

export const doorCheck: Check = {
  name: 'door',
  title: 'Way in for webhooks',
  look: ({ accounts }) => accounts.map(look),
};

function look(account: AccountFacts): Finding {
  const { intake } = account;
  const evidence = [
    intake.words,
    intake.publicUrl !== null && `Public address: ${intake.publicUrl}`,
    intake.lastProofAt !== null &&
      `Last proven ${momentOf(intake.lastProofAt)}${intake.lastProofMs === null ? '' : `, in ${lengthOf(intake.lastProofMs)}`}`,
    intake.nextTryAt !== null && `Next try ${momentOf(intake.nextTryAt)}`,
  ];
  const common = { account: account.id, evidence };
  if (intake.state === 'live') {
    return finding({ ...common, id: 'door.live', level: 'ok', title: 'Webhooks reach this computer', cause: 'The public address leads here.' });
  }
  if (intake.state === 'opening' || intake.state === 'moved') {
    return finding({ ...common, id: `door.${intake.state}`, level: 'note', title: 'The way in is being opened', cause: intake.words });
  }
  if (account.tunnel.kind === 'none') {
    return finding({ ...common, id: 'door.none', level: 'note', title: 'No way in, by your choice', cause: intake.words });
  }
  return finding({
    ...common,
    id: 'door.closed',
    level: intake.state === 'off' ? 'problem' : 'warning',
    title: 'Webhooks do not reach this computer',
    cause: intake.words,
    nextStep: 'Tickline keeps trying. Open it again by hand if you have just changed something.',
    action: { kind: 'ask', label: 'Open it now', request: 'intake.open', account: account.id },
  });
}
