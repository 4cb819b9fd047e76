/** How much may be asked, how much is, and what follows for the messages that are open. */
import type { Finding } from '../../../../shared/contract/health.ts';
import { wantsPolling } from '../../ingest/intake.ts';
import type { AccountFacts, Facts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { grouped, lengthOf, momentOf, plural, waitWords } from '../words.ts';

export const limitsCheck: Check = { name: 'limits', title: 'Limits', look: (facts) => facts.accounts.flatMap((account) => look(account, facts)) };

/** News that come later than this on average are worth a word. */
const LATE_MS = 150_000;

function look(account: AccountFacts, { now }: Facts): readonly Finding[] {
  const { provider, intake } = account;
  const { polling } = intake;
  if (!provider.can.poll || !polling.active) return [];
  const allowed = polling.learned
    ? `${provider.name} allows ${plural(polling.perMinute, 'request')} a minute, as it says itself`
    : `${plural(polling.perMinute, 'request')} a minute, our careful guess: ${provider.name} has named no limit yet`;
  const evidence = [
    allowed,
    `${plural(polling.usedLastMinute, 'request')} in the last minute`,
    `${plural(polling.tracked, 'message')} still asked about, ${grouped(polling.due)} of them due`,
  ];
  const common = { account: account.id, evidence };
  if (polling.waitUntil !== null && polling.waitUntil > now) {
    const left = polling.waitUntil - now;
    return [
      finding({
        ...common,
        id: 'limits.held',
        level: left > 120_000 ? 'warning' : 'note',
        title: 'Asking rests for a while',
        cause: `${sentence(polling.words)} Webhooks come in meanwhile, and what is due is asked afterwards.`,
        evidence: [...evidence, `Until ${momentOf(polling.waitUntil)}, ${waitWords(left)} from now`],
        nextStep: left > 120_000 ? 'If other programs use the same key, let them ask less: the limit counts all of them together.' : null,
      }),
    ];
  }
  const cycleMs = (polling.tracked / Math.max(1, polling.perMinute)) * 60_000;
  // With webhooks only what is late is asked about, so the cycle says nothing.
  if (wantsPolling(intake) && cycleMs / 2 > LATE_MS) {
    return [
      finding({
        ...common,
        id: 'limits.too-many-open',
        level: 'warning',
        title: 'More messages are open than can be asked about often',
        cause: `Asking is the only door now. ${plural(polling.tracked, 'open message')} at ${plural(polling.perMinute, 'request')} a minute means one question about each every ${lengthOf(cycleMs)}, so news come ${lengthOf(cycleMs / 2)} late on average. Tickline asks first where news are most likely; no order of asking gets below this bound for all of them.`,
        nextStep: 'Open a way in for webhooks: they bring news in about a second and need no requests.',
        action: { kind: 'ask', label: 'Open the way in', request: 'intake.open', account: account.id },
      }),
    ];
  }
  return [
    finding({
      ...common,
      id: 'limits.fine',
      level: 'ok',
      title: 'The limit is kept',
      cause: wantsPolling(intake)
        ? `Every open message can be asked about once every ${lengthOf(Math.max(cycleMs, 1000))}.`
        : 'Webhooks carry the news; asking is only insurance.',
    }),
  ];
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
