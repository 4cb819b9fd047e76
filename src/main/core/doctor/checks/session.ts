/** Is the number linked to WhatsApp, as far as we were told? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { SessionState } from '../../ports/provider.ts';
import type { AccountFacts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { momentOf } from '../words.ts';

export const sessionCheck: Check = {
  name: 'session',
  title: 'WhatsApp session',
  look: ({ accounts }) => accounts.map(look),
};

type Words = {
  readonly level: Finding['level'];
  readonly title: string;
  readonly cause: string;
  readonly next: string | null;
  readonly scan: boolean;
};

function look(account: AccountFacts): Finding {
  const { session } = account;
  const words = wordsOf(session.state, account.provider.name);
  return finding({
    id: `session.${session.state}`,
    level: words.level,
    account: account.id,
    title: words.title,
    cause: words.cause,
    evidence: [
      `State: ${session.words}`,
      session.since !== null && `Since ${momentOf(session.since)}`,
      session.name !== null && `Session: ${session.name}`,
    ],
    nextStep: words.next,
    action: words.scan ? { kind: 'go', label: 'Scan the code', screen: 'connect', account: account.id } : null,
  });
}

function wordsOf(state: SessionState, provider: string): Words {
  const still = 'Tickline goes on watching and asks about every open message when it is back.';
  switch (state) {
    case 'connected':
      return { level: 'ok', title: 'The number is linked', cause: `${provider} says that the session is connected.`, next: null, scan: false };
    case 'connecting':
      return {
        level: 'note',
        title: 'The number is being linked',
        cause: `${provider} is connecting to WhatsApp just now.`,
        next: null,
        scan: false,
      };
    case 'need_scan':
      return {
        level: 'problem',
        title: 'The number waits for a scan',
        cause: `The session is not linked to a phone, so nothing is sent and no receipt comes. ${still}`,
        next: 'Scan the code with the phone: WhatsApp, Linked devices, Link a device.',
        scan: true,
      };
    case 'logged_out':
      return {
        level: 'problem',
        title: 'The phone has logged this session out',
        cause: `Somebody removed the linked device on the phone, or WhatsApp did after a long time offline. ${still}`,
        next: 'Scan a new code with the phone to link it again.',
        scan: true,
      };
    case 'expired':
      return {
        level: 'problem',
        title: 'The session has expired',
        cause: `${provider} no longer runs this session. ${still}`,
        next: `Renew the session or its subscription at ${provider}, then scan the code.`,
        scan: true,
      };
    case 'disconnected':
      return {
        level: 'problem',
        title: 'The session is not connected',
        cause: `${provider} has lost its connection to WhatsApp, or was told to close it. ${still}`,
        next: 'Open WhatsApp on the phone and see that it has internet. If it stays so, connect the session again.',
        scan: true,
      };
    case 'error':
      return {
        level: 'problem',
        title: `${provider} reports an error with this session`,
        cause: `The fault lies between ${provider} and WhatsApp. ${still}`,
        next: `Look at the session in your ${provider} account; restarting it there usually helps.`,
        scan: false,
      };
    case 'unknown':
      return {
        level: 'note',
        title: 'The state of the session is not known yet',
        cause: `${provider} has not been asked, or did not say.`,
        next: null,
        scan: false,
      };
  }
}
