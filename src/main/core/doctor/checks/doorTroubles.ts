/** What can stand between the internet and this computer, and what the owner can do about each. */
import type { FindingLevel } from '../../../../shared/contract/health.ts';
import type { TunnelSettings } from '../../../../shared/contract/views.ts';
import type { DoorCause } from '../../domain/doorCause.ts';
import { isOwnNetwork } from '../../domain/typedAddress.ts';
import type { AccountFacts } from '../facts.ts';

export type DoorTrouble = DoorCause | 'not-https' | 'private-address' | 'unknown';

export type TroubleWords = {
  readonly level: FindingLevel;
  readonly title: string;
  readonly cause: string;
  readonly next: string;
  /** The mending is done in Settings. */
  readonly settings: boolean;
};

/** Names that only the own network knows: without a dot, or under a domain kept for that (RFC 6762, RFC 8375, ICANN's `internal`). */
const LOCAL_NAME = /^[^.:[\]]+$|\.(?:local|localhost|lan|internal|home\.arpa)$/i;

/** What is wrong with an address of the owner's own before anybody asks it. */
export function addressTrouble(tunnel: TunnelSettings, providerIsNear: boolean): 'not-https' | 'private-address' | undefined {
  // A gateway of the owner's own reaches what is on the same network, and nobody stands between.
  if (tunnel.kind !== 'own-url' || providerIsNear) return undefined;
  let url: URL;
  try {
    url = new URL(tunnel.url);
  } catch {
    return undefined;
  }
  if (isOwnNetwork(tunnel.url) || LOCAL_NAME.test(url.hostname)) return 'private-address';
  return url.protocol === 'https:' ? undefined : 'not-https';
}

const NOT_FOR_LONG = 'If it stays away, choose another tunnel in Settings.';
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
        next: own
          ? 'Switch the log-in or warning page off for the paths /w/* and /n/*.'
          : 'Choose another tunnel in Settings, or switch the page off where the service allows it. If this network itself asks for a log-in, sign in first.',
        settings: true,
      };
    case 'stranger':
      return {
        level: 'problem',
        title: 'Somebody else answers at our address',
        cause: `An answer came from ${host}, but not from this computer. Receipts sent there would be read by a stranger, so Tickline takes the address back at ${provider.name}.`,
        next: own
          ? 'Let the address lead to the webhook listener of this computer (see Settings, About).'
          : 'Nothing at once: another name is asked for. If it happens often, use an address of your own.',
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
        next: own
          ? 'See that your proxy runs and leads to the webhook listener of this computer (see Settings, About).'
          : 'Open it again, or wait: Tickline tries by itself.',
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
    case 'no-service':
      return {
        level,
        title: "The tunnel's service does not answer",
        cause: `${intake.why ?? 'The tunnel could not be opened.'} ${MEANWHILE}`,
        next: `Check the connection to the internet; some networks block the ports of tunnels. ${NOT_FOR_LONG}`,
        settings: false,
      };
    case 'refused':
      return {
        level: 'problem',
        title: 'The tunnel cannot be opened as it is set up',
        cause: `${intake.why ?? 'Its service refuses the settings.'} Trying again would not help.`,
        next: 'Look over the tunnel in Settings, then open it again.',
        settings: true,
      };
    case 'not-told':
      return {
        level: 'warning',
        title: `${provider.name} does not know our address yet`,
        cause: intake.words,
        next: `Nothing at once: ${provider.name} is told again by itself.`,
        settings: false,
      };
    case 'closed':
      return {
        level: 'note',
        title: 'You closed the way in',
        cause: intake.words,
        next: 'Open it again when you want webhooks.',
        settings: false,
      };
    case 'fault':
      return {
        level,
        title: 'The way in failed because of a mistake of ours',
        cause: intake.words,
        next: 'Open it again. If it happens again, please report it with this report and the log.',
        settings: false,
      };
    case 'by-hand':
    case 'no-tunnel':
    case 'stopping':
    case 'unknown':
      return {
        level,
        title: 'Webhooks do not reach this computer',
        cause: intake.words,
        next: intake.advice ?? 'Tickline keeps trying where that can help. If you have just changed something, open it again.',
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
