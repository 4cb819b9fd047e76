/** What the owner reads about the door. Each sentence: what is, and what we do about it. */

export type DoorSpeech = ReturnType<typeof doorSpeech>;

export function doorSpeech(provider: string) {
  return {
    notStarted: 'The way in for webhooks has not been opened yet.',
    opening: 'Opening the way in for webhooks.',
    live: (url: string) => `Live: ${provider} reaches this computer at ${url}.`,
    liveByHand: (url: string, why: string, canPoll: boolean) =>
      `The address ${url} works, but it could not be set at ${provider}: ${tidy(why)} Set it there by hand.${canPoll ? ` Until a webhook arrives we ask ${provider} for news.` : ''}`,
    liveByHandProven: (url: string) => `Live: webhooks arrive at ${url}, which was set at ${provider} by hand.`,
    telling: (url: string) => `The public address changed to ${url}. We are telling ${provider}.`,
    notTold: (url: string, why: string, canPoll: boolean) =>
      `${provider} does not know the address ${url} yet: ${tidy(why)} ${canPoll ? `We ask ${provider} for news and try again.` : 'We try again.'}`,
    polling: (why: string) => `${tidy(why)} Meanwhile we ask ${provider} for news.`,
    retrying: (why: string) => `${tidy(why)} We are trying to open the way in again.`,
    off: (why: string) => `${tidy(why)} Until that changes, no news of your messages can arrive.`,
    noTunnel: 'This account has no tunnel.',
    closed: 'You closed the way in for webhooks.',
    stopped: 'Tickline is closing.',
    lostNotice(canPoll: boolean, retrying: boolean) {
      if (!retrying && canPoll) return `Webhooks cannot reach this computer any more. We ask ${provider} for news instead.`;
      if (!retrying) return 'Webhooks cannot reach this computer any more; what is missed will be shown as a gap.';
      return canPoll
        ? `Webhooks cannot reach this computer at the moment. We ask ${provider} for news instead and keep trying.`
        : 'Webhooks cannot reach this computer at the moment. We keep trying; what is missed will be shown as a gap.';
    },
    movedNotice: `The public address changed, and ${provider} has been told the new one.`,
    movedByHandNotice: (url: string) => `The public address changed to ${url}. Please set it at ${provider} by hand.`,
  };
}

function tidy(sentence: string): string {
  const text = sentence.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
