/** Does the provider send its events to us, and all that we need? */
import type { Finding, FindingAction } from '../../../../shared/contract/health.ts';
import type { AccountFacts, Facts, SessionDetails } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { momentOf, plural } from '../words.ts';

export const webhookCheck: Check = {
  name: 'webhook',
  title: 'Webhook subscription',
  look: (facts) => [...facts.accounts.flatMap(look), ...rejected(facts)],
};

/** Strangers knock at every address now and then. */
const MANY_REJECTED = 100;

function rejected({ queue, program }: Facts): readonly Finding[] {
  if (queue.rejected < MANY_REJECTED) return [];
  return [
    finding({
      id: 'webhook.rejected',
      level: 'note',
      title: 'Many requests proved nothing and were turned away',
      cause: 'Somebody knocks at the webhook address without the right path or secret. Nothing of it was kept.',
      evidence: [`${plural(queue.rejected, 'request')} since ${momentOf(program.startedAt)}`],
      nextStep: 'Nothing, unless webhooks of yours are missing: then the webhook secret in Settings may be an old one.',
    }),
  ];
}

function look(account: AccountFacts): readonly Finding[] {
  const { provider, intake, asked } = account;
  if (!provider.can.webhook || account.tunnel.kind === 'none' || intake.state === 'off') return [];
  const noSecret = withoutSecret(account);
  const details = asked?.details?.ok ? asked.details.value : undefined;
  // What was read before the door last changed says nothing about it.
  const otherSecret = asked !== undefined && details?.secretMatches === false ? [withOtherSecret(account, asked.at)] : [];
  if (asked !== undefined && details !== undefined && asked.at >= intake.since)
    return [...noSecret, ...otherSecret, ...compare(account, details, asked.at)];
  return [...noSecret, ...unread(account)];
}

/** Without the session's details: what our own registration of the address tells. */
function unread(account: AccountFacts): readonly Finding[] {
  const { intake, provider } = account;
  if (intake.state !== 'live' && intake.state !== 'moved') return [];
  if (intake.webhookRegistered) {
    return [
      finding({
        id: 'webhook.told',
        level: 'ok',
        account: account.id,
        title: 'The webhook address is set',
        cause: `${provider.name} took our address when the way in was opened.`,
      }),
    ];
  }
  if (intake.state === 'moved') return [];
  return [
    finding({
      id: 'webhook.by-hand',
      level: 'warning',
      account: account.id,
      title: 'The webhook address has to be set by hand',
      cause: `${intake.why ?? 'It could not be set from here.'} Until a webhook arrives, Tickline asks ${provider.name} for news.`,
      evidence: [intake.publicUrl !== null && `Public address: ${intake.publicUrl}`, `Events: ${account.wantedEvents.join(', ')}`],
      nextStep: `Enter the address from Settings at ${provider.name}, switch webhooks on there, and choose these events. Or add a personal access token, and Tickline does it.`,
      action: { kind: 'go', label: 'Open Settings', screen: 'settings', account: account.id },
    }),
  ];
}

function withoutSecret(account: AccountFacts): readonly Finding[] {
  if (account.secrets.includes('webhookSecret') || account.secretsTrouble !== undefined) return [];
  const { provider } = account;
  return [
    finding({
      id: 'webhook.no-secret',
      level: 'problem',
      account: account.id,
      title: 'There is no webhook secret',
      cause: `Whoever knows the address could pretend to be ${provider.name}, so without the secret Tickline turns every webhook away.`,
      nextStep: `Copy the webhook secret of the session from your ${provider.name} account into Settings, or create one there first.`,
      action: { kind: 'go', label: 'Open Settings', screen: 'settings', account: account.id },
    }),
  ];
}

function withOtherSecret(account: AccountFacts, at: number): Finding {
  const { provider } = account;
  return finding({
    id: 'webhook.other-secret',
    level: 'problem',
    account: account.id,
    title: 'The webhook secret has changed',
    cause: `${provider.name} now signs with another secret than the one saved here, so every webhook is turned away as if it came from somebody else. Tickline asks for news meanwhile.`,
    evidence: [`Compared ${momentOf(at)} with the details of the session`],
    nextStep: 'Take over the new secret.',
    action: { kind: 'ask', label: 'Use the new secret', request: 'session.takeKey', account: account.id },
  });
}

function compare(account: AccountFacts, details: SessionDetails, at: number): readonly Finding[] {
  const { provider, intake, webhookPath, wantedEvents } = account;
  const { webhook } = details;
  const again: FindingAction = {
    kind: 'ask',
    label: 'Set it again',
    request: intake.state === 'live' ? 'intake.tell' : 'intake.open',
    account: account.id,
  };
  const read = `Read from the session's details ${momentOf(at)}`;
  const made = { account: account.id, action: again };
  if (webhook === undefined) return unread(account);
  if (webhook.url === undefined || webhook.url === '') {
    return [
      finding({
        ...made,
        id: 'webhook.none',
        level: 'problem',
        title: `${provider.name} has no webhook address`,
        cause: 'It was cleared after Tickline had set it, so no webhook is sent. Tickline asks for news meanwhile.',
        evidence: [read],
        nextStep: 'Set it again.',
      }),
    ];
  }
  const ours = intake.publicUrl === null ? undefined : `${intake.publicUrl}${webhookPath}`;
  if (!webhook.url.endsWith(webhookPath)) {
    return [
      finding({
        ...made,
        id: 'webhook.elsewhere',
        level: 'problem',
        title: 'Webhooks go to somebody else',
        cause: `Another program or person has put its own address at ${provider.name} since Tickline set ours, so its webhooks do not come here.`,
        evidence: [`The address there leads to ${hostOf(webhook.url)}`, ours !== undefined && `Ours would lead to ${hostOf(ours)}`, read],
        nextStep: 'If nothing else needs it, set it again. If another program does, let only one of the two use this session.',
      }),
    ];
  }
  if (ours !== undefined && webhook.url !== ours) {
    return [
      finding({
        ...made,
        id: 'webhook.old-address',
        level: 'problem',
        title: `${provider.name} sends to our old address`,
        cause: 'The public address has changed, and the change did not arrive there.',
        evidence: [`The address there leads to ${hostOf(webhook.url)}`, `Ours is now at ${hostOf(ours)}`, read],
        nextStep: 'Set it again.',
      }),
    ];
  }
  if (!webhook.enabled) {
    return [
      finding({
        ...made,
        id: 'webhook.disabled',
        level: 'problem',
        title: 'Webhooks are switched off',
        cause: `The address is set, but the switch beside it at ${provider.name} is off, so nothing is sent.`,
        evidence: [read],
        nextStep: 'Set it again, which switches them on.',
      }),
    ];
  }
  const missing = wantedEvents.filter((event) => !webhook.events.includes(event));
  if (missing.length > 0) {
    return [
      finding({
        ...made,
        id: 'webhook.events',
        level: 'problem',
        title: missing.length === 1 ? 'One event is not subscribed' : `${missing.length} events are not subscribed`,
        cause: `${provider.name} sends only what is ticked there. ${missing.map(lossOf).join(' ')}`,
        evidence: [`Missing: ${missing.join(', ')}`, `Subscribed: ${webhook.events.join(', ') || 'none'}`, read],
        nextStep: 'Set it again, which subscribes all that are needed.',
      }),
    ];
  }
  return [
    finding({
      id: 'webhook.fine',
      level: 'ok',
      account: account.id,
      title: 'Webhooks are set and complete',
      cause: `${provider.name} sends all the events we need to our address.`,
      evidence: [`Events: ${webhook.events.join(', ')}`, read],
    }),
  ];
}

const LOSSES: Readonly<Record<string, string>> = {
  'messages.update': 'Without messages.update, delivered and read are not told.',
  'message-receipt.update': 'Without message-receipt.update, it is not told who in a group has read.',
  'message.sent': 'Without message.sent, messages appear only after they were asked about.',
  'messages.delete': 'Without messages.delete, deleted messages are not marked.',
  'session.status': 'Without session.status, a lost session is noticed late.',
  'qrcode.updated': 'Without qrcode.updated, a new code is noticed late.',
};

function lossOf(event: string): string {
  return LOSSES[event] ?? `Without ${event}, some news are missing.`;
}

/** The address without its path, which may be a secret. */
function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'something that is no address';
  }
}
