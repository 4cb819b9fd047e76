/** Settings of the session and of people that decide which receipts there can be at all. */
import type { Finding } from '../../../../shared/contract/health.ts';
import { unseenBy, unseenWords } from '../../domain/readReceipts.ts';
import type { AccountFacts } from '../facts.ts';
import { type Check, finding } from '../finding.ts';
import { momentOf, plural } from '../words.ts';

export const receiptsCheck: Check = {
  name: 'receipts',
  title: 'Receipts',
  look: ({ accounts, now }) => accounts.flatMap((account) => [...reading(account, now), ...settings(account)]),
};

/** Somebody who was reported once has them on, so this is the sending phone's own setting: WhatsApp then tells it of nobody. */
function reading({ id, reading: facts, provider }: AccountFacts, now: number): readonly Finding[] {
  if (unseenBy(facts, facts, now) !== 'account') return [];
  return [
    finding({
      id: 'receipts.reads-off',
      level: 'warning',
      account: id,
      title: 'Reading can probably not be seen',
      cause: `${unseenWords('account', facts, now)} Tickline shows these messages as delivered and never as unread.`,
      evidence: [
        `${plural(facts.unread, 'message')} delivered to people, none reported as read`,
        facts.oldestAt !== null && `The first of them ${momentOf(facts.oldestAt)}`,
        facts.newestAt !== null && `The newest of them ${momentOf(facts.newestAt)}`,
      ],
      nextStep: `On the phone that is linked to ${provider.name}, open WhatsApp, Settings, Privacy, and switch Read receipts on. It counts for what is sent from then on.`,
    }),
  ];
}

function settings(account: AccountFacts): readonly Finding[] {
  const { provider, asked } = account;
  const details = asked?.details?.ok ? asked.details.value : undefined;
  if (asked === undefined || details === undefined) return [];
  const read = `Read from the session's details ${momentOf(asked.at)}`;
  const findings: Finding[] = [];
  if (details.keepsLog === false) {
    findings.push(
      finding({
        id: 'receipts.no-log',
        level: 'note',
        account: account.id,
        title: `${provider.name} keeps no message log`,
        cause:
          'With log_messages off its list of sent messages has neither recipients nor texts. That is better for privacy; it only means that messages which were sent while nobody listened cannot be told to whom they went until a receipt arrives.',
        evidence: ['log_messages: off', read],
        nextStep: `Nothing has to be done. If you want names for such messages too, switch on “log messages” for the session at ${provider.name}.`,
      }),
    );
  }
  if (details.readsIncoming === true) {
    findings.push(
      finding({
        id: 'receipts.reads-incoming',
        level: 'note',
        account: account.id,
        title: 'Incoming messages are marked as read by themselves',
        cause: `The session is set to read whatever comes in, so your customers see blue ticks although nobody has looked. It does not touch the receipts of what you send.`,
        evidence: ['read_incoming_messages: on', read],
        nextStep: `If that is not wanted, switch it off for the session at ${provider.name}.`,
      }),
    );
  }
  return findings;
}
