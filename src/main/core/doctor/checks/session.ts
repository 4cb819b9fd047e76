/** Is the number linked to WhatsApp, and does the provider answer at all? */
import type { Finding } from '../../../../shared/contract/health.ts';
import type { SessionState } from '../../ports/provider.ts';
import type { AccountFacts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { momentOf, waitWords } from '../words.ts';

export const sessionCheck: Check = {
  name: 'session',
  title: 'WhatsApp session',
  look: ({ accounts }) => accounts.flatMap((account) => [stateOf(account), ...answersOf(account)]),
};

function stateOf(account: AccountFacts): Finding {
  const { session, provider, asked } = account;
  if (session.id === null && !account.secrets.includes('apiKey')) {
    const hasToken = account.secrets.includes('personalAccessToken');
    return finding({
      id: 'session.none',
      level: hasToken ? 'problem' : 'note',
      account: account.id,
      title: 'No session is chosen yet',
      cause: 'Tickline does not know which number of yours it should watch, so nothing is logged.',
      nextStep: hasToken
        ? `Choose one of the sessions of your ${provider.name} account.`
        : 'Add a personal access token or a session key in Settings.',
      action: hasToken ? scan(account.id, 'Choose a session') : settings(account.id),
    });
  }
  // The answer of just now, when there is one, is the truth; the view follows it.
  const told = asked?.details?.ok ? asked.details.value.state : asked?.byKey?.ok ? asked.byKey.value : undefined;
  const state = told !== undefined && (session.since === null || asked === undefined || asked.at >= session.since) ? told : session.state;
  const words = wordsOf(state, provider.name);
  return finding({
    id: `session.${state}`,
    level: words.level,
    account: account.id,
    title: words.title,
    cause: words.cause,
    evidence: [
      `State: ${state.replace('_', ' ')}${told === undefined ? '' : `, as ${provider.name} answered ${momentOf(asked?.at ?? 0)}`}`,
      session.since !== null && session.state === state && `Since ${momentOf(session.since)}`,
      session.name !== null && `Session: ${session.name}`,
    ],
    nextStep: words.next,
    action: words.scan ? scan(account.id, 'Scan the code') : null,
  });
}

/** Whether the provider can be asked at all. A key that it does not accept is the matter of another check. */
function answersOf(account: AccountFacts): readonly Finding[] {
  const { asked, provider } = account;
  const failures = [asked?.details, asked?.byKey].flatMap((result) => (result !== undefined && !result.ok ? [result.error] : []));
  // Of a session that is not linked nothing can be asked; that is told already.
  const isLinked = account.session.state === 'connected' || account.session.state === 'unknown';
  const failure = [...failures, ...(account.pollTrouble === undefined ? [] : [account.pollTrouble])].find(
    ({ code }) => code === 'provider_unreachable' || (code === 'provider_refused' && isLinked),
  );
  if (failure !== undefined) {
    return [
      finding({
        id: `provider.${failure.code === 'provider_unreachable' ? 'unreachable' : 'refuses'}`,
        level: 'problem',
        account: account.id,
        title: failure.code === 'provider_unreachable' ? `${provider.name} does not answer` : `${provider.name} refuses our questions`,
        cause: `${failure.message} Webhooks may still come in; what cannot be asked now is asked later.`,
        evidence: [failure.detail !== undefined && `It said: ${failure.detail}`],
        nextStep: 'Check the internet connection of this computer and the state page of the provider. Tickline asks again by itself.',
      }),
    ];
  }
  if (asked?.waitMs === undefined) return [];
  return [
    finding({
      id: 'provider.not-asked',
      level: 'note',
      account: account.id,
      title: `${provider.name} was not asked`,
      cause: `It allows no more requests just now, so this look goes by what was known before.`,
      evidence: [`A request is free again in ${waitWords(asked.waitMs)}`],
      nextStep: 'Check again after that.',
    }),
  ];
}

const scan = (account: string, label: string) => ({ kind: 'go', label, screen: 'connect', account }) as const;
const settings = (account: string) => ({ kind: 'go', label: 'Open Settings', screen: 'settings', account }) as const;

type Words = {
  readonly level: Finding['level'];
  readonly title: string;
  readonly cause: string;
  readonly next: string | null;
  readonly scan: boolean;
};

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
