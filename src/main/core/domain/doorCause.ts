/** Why a way in for webhooks does not work, as a closed list, and what the owner can do about each. Pure. */

export type DoorCause =
  /** No connection, or the tunnel's service says that nobody is connected (404, 408, 5xx). */
  | 'dead'
  /** Connected, and no answer ever. */
  | 'black-hole'
  /** A page that wants a password or a click from a human first (401, 407, 511). */
  | 'interstitial'
  /** Something on the way forbids it (403, 451). */
  | 'firewall'
  /** An answer, but not ours: the address belongs to somebody else. */
  | 'stranger'
  /** A redirect, which senders of webhooks do not follow. */
  | 'redirected'
  /** The tunnel could not be opened: its service cannot be reached or has no room. */
  | 'no-service'
  /** The tunnel cannot be opened as it is set up. */
  | 'refused'
  /** The door holds, but the provider could not be told its address yet. */
  | 'not-told'
  /** The door holds, and the owner has to enter its address at the provider. */
  | 'by-hand'
  /** The owner wants no tunnel. */
  | 'no-tunnel'
  /** The owner closed the door. */
  | 'closed'
  /** Tickline is ending. */
  | 'stopping'
  /** A mistake of ours. */
  | 'fault';

/** `provider` is its name as shown, e.g. `WASenderApi`. One or two plain sentences; `undefined` where there is nothing to do. */
export function doorAdvice(cause: DoorCause, provider: string): string | undefined {
  switch (cause) {
    case 'dead':
      return 'Nothing has to be done: we open the way in again by ourselves. If it keeps closing, choose another tunnel in Settings.';
    case 'black-hole':
      return 'Requests disappear on the way. Check that no firewall or VPN holds back connections to the tunnel’s service, or choose another tunnel in Settings.';
    case 'interstitial':
      return `${provider} cannot click or enter a password. Switch the page off where the tunnel’s service allows it, sign in to the network if this is its page, or choose another tunnel.`;
    case 'firewall':
      return `In the firewall or web application firewall before the address, allow POST to /w/… and GET to /n/… from anywhere, without a browser check, and let the header X-Webhook-Signature through.`;
    case 'stranger':
      return `Somebody else has the address now. We take it back at ${provider} and ask for another; choose a name that is hard to guess, or a tunnel with an address of your own.`;
    case 'redirected':
      return 'Enter the address that it leads to, with https and without a redirect.';
    case 'no-service':
      return 'Check the connection to the internet. We try again by ourselves; if the service stays away, choose another tunnel in Settings.';
    case 'refused':
      return 'Look over the tunnel’s settings, then open the way in again.';
    case 'not-told':
      return `Nothing has to be done: we tell ${provider} again by ourselves.`;
    case 'by-hand':
      return `Enter the address as the webhook address at ${provider}, or store a personal access token so that Tickline can do it.`;
    case 'no-tunnel':
      return 'Choose a tunnel in Settings if webhooks should come in; without one we ask instead.';
    case 'closed':
      return 'Open the way in again in Settings when you want webhooks.';
    case 'stopping':
      return undefined;
    case 'fault':
      return 'Open the way in again in Settings. If it happens again, please report it with the log.';
  }
}
