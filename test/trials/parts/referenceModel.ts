/**
 * What a message must show, worked out from everything said of it and nothing else: written down from the rules
 * of the ladder as they are told to owners, sharing no code with the app.
 */
export type Word = 'queued' | 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'deleted';

export type Statement = {
  readonly word: Word;
  /** The person of a group it speaks of; '' for the message itself. */
  readonly who: string;
  /** The time written in it; absent when none was. */
  readonly stated?: number;
  readonly received: number;
};

export type Shown = {
  readonly status: string | null;
  readonly deleted: boolean;
  readonly firstAt: number;
  readonly steps: Readonly<Record<string, { readonly at: number; readonly how: string }>>;
  readonly people: { readonly known: number; readonly delivered: number; readonly read: number; readonly played: number } | null;
};

type Times = Map<Word, { at: number; how: string }>;

const UPWARDS: readonly Word[] = ['queued', 'sent', 'delivered', 'read', 'played'];

export function mustShow(statements: readonly Statement[], isGroup: boolean): Shown {
  const firstAt = Math.min(...statements.map((one) => one.stated ?? one.received));
  const own = timesOf(statements.filter((one) => one.who === '' || !isGroup));
  if (!isGroup) return { status: highest(own), deleted: own.has('deleted'), firstAt, steps: Object.fromEntries(own), people: null };
  const names = [...new Set(statements.map((one) => one.who).filter((who) => who !== ''))];
  const each = names.map((who) => timesOf(statements.filter((one) => one.who === who)));
  const count = (word: Word) => each.filter((times) => heightOf(times) >= UPWARDS.indexOf(word)).length;
  const people = { known: names.length, delivered: count('delivered'), read: count('read'), played: count('played') };
  if (each.length === 0) return { status: highest(own), deleted: own.has('deleted'), firstAt, steps: Object.fromEntries(own), people };
  const steps: Times = new Map([...own].filter(([word]) => word === 'queued' || word === 'sent' || word === 'deleted'));
  for (const word of ['delivered', 'read', 'played'] as const) {
    const all = each.map((times) => times.get(word)).filter((time) => time !== undefined);
    // All have reached it, and it is known of each when: then the last of them is the moment.
    if (all.length === each.length)
      steps.set(
        word,
        all.reduce((a, b) => (b.at > a.at ? b : a)),
      );
  }
  // What everybody has reached; once one person has it, the server had taken it for all.
  const lowest = Math.min(...each.map(heightOf));
  const server = Math.min(heightOf(own), UPWARDS.indexOf('sent'));
  return {
    status: UPWARDS[Math.max(lowest, server, UPWARDS.indexOf('sent'))] ?? null,
    deleted: own.has('deleted'),
    firstAt,
    steps: Object.fromEntries(steps),
    people,
  };
}

/** For each word its time: the earliest that was written; where none was, the earliest arrival. */
function timesOf(statements: readonly Statement[]): Times {
  const times: Times = new Map();
  for (const word of new Set(statements.map((one) => one.word))) {
    const same = statements.filter((one) => one.word === word);
    const stated = same.flatMap((one) => (one.stated === undefined ? [] : [one.stated]));
    if (stated.length > 0) times.set(word, { at: Math.min(...stated), how: 'stated' });
    else times.set(word, { at: Math.min(...same.map((one) => one.received)), how: 'arrival' });
  }
  return times;
}

function heightOf(times: Times): number {
  return Math.max(-1, ...[...times.keys()].map((word) => UPWARDS.indexOf(word)));
}

function highest(times: Times): string | null {
  for (const word of ['played', 'read', 'delivered', 'failed', 'sent', 'queued'] as const) if (times.has(word)) return word;
  return null;
}
