/** The figures of freshness in sentences. Pure. */
import type { AccountFreshness, DoorFreshness, DurationFigures, FreshDoorName, LoadView } from '../../../shared/contract/freshness.ts';
import { bytes, count, lengthOf, percent, plural } from '../ui/format.ts';

export const DOOR_NAMES: Readonly<Record<FreshDoorName, string>> = {
  webhook: 'Webhooks',
  poll: 'Asking about a message',
  log: 'The provider’s message log',
  send: 'Answers to sending',
};

/** The doors by which news of a message reaches us; the answer to our own sending is none. */
export function doorsShown(account: AccountFreshness): readonly DoorFreshness[] {
  return account.doors.filter((door) => door.door !== 'send');
}

/** "half within 0.4 s, 95 of 100 within 3 s". */
export function within(figures: DurationFigures): string {
  return `half within ${lengthOf(figures.median.toMs)}, 95 of 100 within ${lengthOf(figures.p95.toMs)}`;
}

/** The answer to "How fresh is what you see?", one sentence a fact. */
export function freshnessWords(account: AccountFreshness): readonly string[] {
  if (account.heard === 0) return ['Nothing was told yet. Once messages are on their way, it will stand here how soon each status reached you.'];
  const webhook = account.doors.find((door) => door.door === 'webhook');
  const words: string[] = [];
  if (webhook?.stated)
    words.push(
      `Of what webhooks told, half was here within ${lengthOf(webhook.stated.median.toMs)} of happening, and 95 of 100 within ${lengthOf(webhook.stated.p95.toMs)}.`,
    );
  words.push(
    account.onlyAsked === 0
      ? 'Nothing had to be found by asking.'
      : `${plural(account.onlyAsked, 'status', 'statuses')} of ${count(account.heard)} (${percent(account.onlyAsked, account.heard)}) no webhook told; asking found ${account.onlyAsked === 1 ? 'it' : 'them'}.`,
  );
  words.push(requestWords(account));
  return words;
}

function requestWords({ requests }: AccountFreshness): string {
  const asked = requests.questions + requests.logPages;
  const refused = requests.refused === 0 ? '' : ` ${plural(requests.refused, 'answer')} told us to wait.`;
  const made = asked === 0 ? 'Asking took no requests' : `Asking took ${plural(asked, 'request')}`;
  if (requests.loop === 0) return `${made}.${refused}`;
  return `${made}; a loop that asks about every open message each half minute would have made ${count(requests.loop)}.${refused}`;
}

/** "This took 0.4 % of one processor core and at most 120 MB of memory in the last hour." */
export function loadWords(load: LoadView): string {
  const memory = `${bytes(load.peakRssBytes)} of memory`;
  if (load.cpu === null) return `Tickline takes ${memory}.`;
  const span = load.minutes >= 60 ? 'hour' : load.minutes === 1 ? 'minute' : `${load.minutes} minutes`;
  const share = load.cpu < 0.001 ? 'less than 0.1 %' : percent(load.cpu, 1);
  return `In the last ${span} Tickline took ${share} of one processor core and at most ${memory}.`;
}

const FROM_MS = 10;
const TO_MS = 86_400_000;

/** Where a duration lies between 10 ms and a day on a logarithmic scale, 0 to 1. */
export function placeOf(ms: number): number {
  return Math.min(1, Math.max(0, Math.log(Math.max(ms, FROM_MS) / FROM_MS) / Math.log(TO_MS / FROM_MS)));
}

export const SCALE_MARKS: readonly { readonly ms: number; readonly label: string }[] = [
  { ms: 1_000, label: '1 s' },
  { ms: 60_000, label: '1 min' },
  { ms: 3_600_000, label: '1 h' },
];
