/** What can stand between the internet and this computer, and what the owner can do about each. */
import type { FindingLevel } from '../../../../shared/contract/health.ts';
import type { TunnelSettings } from '../../../../shared/contract/views.ts';
import type { ProbeMissVerdict } from '../../ingest/probe.ts';
import type { AccountFacts } from '../facts.ts';

export type DoorTrouble = ProbeMissVerdict | 'closed' | 'not-https' | 'private-address';

export type TroubleWords = {
  readonly level: FindingLevel;
  readonly title: string;
  readonly cause: string;
  readonly next: string;
  /** The mending is done in Settings. */
  readonly settings: boolean;
};

/** What is wrong with an address of the owner's own before anybody asks it. */
export function addressTrouble(tunnel: TunnelSettings): 'not-https' | 'private-address' | undefined {
  if (tunnel.kind !== 'own-url') return undefined;
  let url: URL;
  try {
    url = new URL(tunnel.url);
  } catch {
    return undefined;
  }
  if (isPrivateHost(url.hostname)) return 'private-address';
  return url.protocol === 'https:' ? undefined : 'not-https';
}

/** Names and addresses that lead nowhere from the internet. */
export function isPrivateHost(name: string): boolean {
  const host = name.toLowerCase().replace(/^\[|\]$/g, '');
  if (host === 'localhost' || /\.(localhost|local|lan|internal|home|home\.arpa|corp|intranet)$/.test(host) || !/[.:]/.test(host)) return true;
  if (/^(10|127|0)\./.test(host) || /^192\.168\./.test(host) || /^169\.254\./.test(host) || /^172\.(1[6-9]|2\d|3[01])\./.test(host)) return true;
  if (/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(host)) return true;
  return host.includes(':') && /^(::1?$|f[cd]|fe[89ab])/.test(host);
}

const MEANWHILE = 'Meanwhile Tickline asks for news and keeps trying.';

export function troubleWords(trouble: DoorTrouble, account: AccountFacts): TroubleWords {
  const { provider, intake, tunnel } = account;
  const level: FindingLevel = intake.state === 'off' || intake.state === 'live' ? 'problem' : 'warning';
  const host = hostOf(intake.publicUrl ?? account.asked?.probe?.url ?? (tunnel.kind === 'own-url' ? tunnel.url : null));
  const own = tunnel.kind === 'own-url';
  switch (trouble) {
    case 'firewall':
      return {
        level,
        title: 'A firewall forbids the way in',
        cause: `Something between the internet and this computer answers with “forbidden” (403): the firewall or bot protection of ${own ? 'your own address' : "the tunnel's service"}. ${MEANWHILE}`,
        next: `Allow POST requests to /w/* and GET requests to /n/* on ${host}, from any address, without a browser check, and for any user agent (the self-check calls itself “Tickline self-check”). At Cloudflare and alike: add a rule for these two paths that skips managed rules, bot fight mode and the browser integrity check. The header X-Webhook-Signature must pass.`,
        settings: !own,
      };
    case 'interstitial':
      return {
        level,
        title: 'A page for visitors stands before the way in',
        cause: `Whoever comes to ${host} is first shown a page that wants a click or a password. People pass it, ${provider.name} does not. ${MEANWHILE}`,
        next: own ? 'Switch the log-in or warning page off for the paths /w/* and /n/*.' : 'Choose another tunnel in Settings, or switch the page off where the service allows it. If this network itself asks for a log-in, sign in first.',
        settings: true,
      };
    case 'stranger':
      return {
        level: 'problem',
        title: 'Somebody else answers at our address',
        cause: `An answer came from ${host}, but not from this computer. Receipts sent there would be read by a stranger, so Tickline takes the address back at ${provider.name}.`,
        next: own ? 'Let the address lead to the webhook listener of this computer (see Settings, About).' : 'Nothing at once: another name is asked for. If it happens often, use an address of your own.',
        settings: own,
      };
    case 'redirected':
      return {
        level,
        title: 'The public address sends visitors elsewhere',
        cause: `${host} answers with a redirect, which senders of webhooks do not follow. ${MEANWHILE}`,
        next: 'Enter the address that it leads to, with https, or let the paths /w/* and /n/* pass without a redirect.',
        settings: true,
      };
    case 'black-hole':
      return {
        level,
        title: 'Questions to our own address vanish',
        cause: `${host} takes requests, and no answer comes within ten seconds: the tunnel has died without noticing, or a firewall drops them silently. ${MEANWHILE}`,
        next: own
          ? 'See that your proxy can reach the webhook listener of this computer (see Settings, About), and that no firewall drops the connection.'
          : 'Open it again. If that does not help, this network may block the ports of the tunnel; choose another one.',
        settings: false,
      };
    case 'dead':
      return {
        level,
        title: 'The tunnel is dead',
        cause: `${host} says that nobody is connected, or cannot be reached. ${MEANWHILE}`,
        next: own ? 'See that your proxy runs and leads to the webhook listener of this computer (see Settings, About).' : 'Open it again, or wait: Tickline tries by itself.',
        settings: false,
      };
    case 'not-https':
      return {
        level: 'problem',
        title: 'The public address is not encrypted',
        cause: `It begins with http, so receipts and the webhook secret would cross the internet in clear, and most providers refuse it.`,
        next: 'Enter an address that begins with https.',
        settings: true,
      };
    case 'private-address':
      return {
        level: 'problem',
        title: 'The public address is not public',
        cause: `${host} can be reached on your own network only; from the internet it leads nowhere, so ${provider.name} cannot send to it.`,
        next: 'Enter an address that the internet can reach, or choose a tunnel.',
        settings: true,
      };
    case 'closed':
      return {
        level,
        title: 'Webhooks do not reach this computer',
        cause: intake.words,
        next: 'Tickline keeps trying where that can help. If you have just changed something, open it again.',
        settings: false,
      };
  }
}

function hostOf(url: string | null): string {
  if (url === null) return 'the public address';
  try {
    return new URL(url).host;
  } catch {
    return 'the public address';
  }
}
