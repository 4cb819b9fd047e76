/** Do the saved keys open the provider's door, and do they belong together? */
import type { Finding, FindingAction } from '../../../../shared/contract/health.ts';
import type { Failure } from '../../domain/failure.ts';
import type { AccountFacts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { momentOf } from '../words.ts';

export const keyCheck: Check = { name: 'key', title: 'Keys', look: ({ accounts }) => accounts.flatMap(look) };

function look(account: AccountFacts): readonly Finding[] {
  const { provider, secrets, asked } = account;
  const action: FindingAction = { kind: 'go', label: 'Open Settings', screen: 'settings', account: account.id };
  const made = { account: account.id, action };
  const findings: Finding[] = [];

  const locked = account.secretsTrouble;
  if (locked !== undefined) {
    findings.push(
      finding({
        ...made,
        id: 'key.locked',
        level: 'problem',
        title: locked.names.length === 1 ? 'A saved key cannot be opened' : 'Saved keys cannot be opened',
        cause: locked.words,
        evidence: locked.names.map((name) => `Locked or gone: ${wordFor(name)}`),
        nextStep: 'Enter them again; they are then locked anew. The log itself is not touched.',
        action: { ...action, label: 'Enter them again' },
      }),
    );
  }
  const refusedToken = refusalOf(asked?.details);
  if (refusedToken !== undefined) findings.push(refused(account, 'token', 'The personal access token is not accepted', refusedToken, action));
  const refusedKey =
    refusalOf(asked?.byKey) ?? (refusedToken === undefined && account.pollTrouble?.code === 'unauthorized' ? account.pollTrouble : undefined);
  if (refusedKey !== undefined) findings.push(refused(account, 'session', 'The session key is not accepted', refusedKey, action));

  if (locked === undefined && secrets.includes('personalAccessToken') && !secrets.includes('apiKey') && account.session.id !== null) {
    findings.push(
      finding({
        ...made,
        id: 'key.no-session-key',
        level: 'warning',
        title: 'There is no session key',
        cause: `The personal access token works for the session's settings only; asking about messages and sending need the session's own key, and ${provider.name} did not hand it out.`,
        nextStep: `Copy the API key of the session from your ${provider.name} account into Settings.`,
      }),
    );
  }
  if (asked?.details?.ok && asked.details.value.keyMatches === false) {
    findings.push(
      finding({
        ...made,
        id: 'key.other-session',
        level: 'problem',
        title: 'The session key belongs to another session',
        cause: 'The saved key is not the one of the chosen session, so questions are asked about the messages of another number.',
        evidence: [`Compared ${momentOf(asked.at)} with the details of the chosen session`],
        nextStep: 'Take over the key of the chosen session, or choose the session that the key belongs to.',
        action: { kind: 'ask', label: 'Use the right key', request: 'session.takeKey', account: account.id },
      }),
    );
  }
  if (findings.length > 0) return findings;
  const accepted = [asked?.details?.ok && 'the personal access token', asked?.byKey?.ok && 'the session key'].filter(
    (word) => typeof word === 'string',
  );
  if (secrets.length === 0) return [];
  return [
    finding({
      id: 'key.fine',
      level: 'ok',
      account: account.id,
      title: accepted.length > 0 ? 'The keys are accepted' : 'The keys are at hand',
      cause: accepted.length > 0 ? `${provider.name} accepts ${accepted.join(' and ')}.` : 'They are saved and can be opened.',
      evidence: secrets.map((name) => `Saved: ${wordFor(name)}`),
    }),
  ];
}

function refused(account: AccountFacts, which: 'token' | 'session', title: string, failure: Failure, action: FindingAction): Finding {
  const { name } = account.provider;
  return finding({
    id: `key.${which}-refused`,
    level: 'problem',
    account: account.id,
    title,
    cause: `${name} does not let it in: it was replaced or removed there, or copied in part. ${
      which === 'token' ? 'Without it the webhook address cannot be set.' : 'Webhooks still come in; nothing can be asked or sent.'
    }`,
    evidence: [failure.detail !== undefined && `${name} said: ${failure.detail}`],
    nextStep: `Copy it once more from your ${name} account into Settings.`,
    action,
  });
}

function refusalOf(result: { readonly ok: true } | { readonly ok: false; readonly error: Failure } | undefined): Failure | undefined {
  return result !== undefined && !result.ok && result.error.code === 'unauthorized' ? result.error : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  apiKey: 'session key',
  personalAccessToken: 'personal access token',
  webhookSecret: 'webhook secret',
};

export function wordFor(name: string): string {
  return WORDS[name] ?? name;
}
