import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { Provider } from '../../src/main/core/ports/provider.ts';
import type { MessageRecord } from '../../src/main/core/ports/store.ts';
import { DOCUMENTED_STYLE, deleted, groupReceipt, type PayloadStyle, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { type Arrival, type CoreWorld, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { mustShow, type Shown, type Statement, type Word } from './parts/referenceModel.ts';
import type { Trial } from './trial.ts';

const KEY = 'wsk_test';
const CHAT = '15550002222@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';
const PEOPLE = ['15550003331@s.whatsapp.net', '15550003332@s.whatsapp.net', '15550003333@s.whatsapp.net'] as const;
const NUMBERS: Partial<Record<Word, 0 | 1 | 2 | 3 | 4 | 5>> = { failed: 0, queued: 1, sent: 2, delivered: 3, read: 4, played: 5 };
const ORDER = ['queued', 'sent', 'failed', 'delivered', 'read', 'played'];
const STEPS = 5;
const IN_ONE_BATCH = 400;
/** A world of its own for so many lives, so that it stays small. */
const IN_ONE_WORLD = 20_000;

type Telling = { readonly waId: string; readonly statement: Statement; readonly arrival: Arrival };
type Life = { readonly waId: string; readonly isGroup: boolean; readonly told: readonly Telling[] };

/** One of the five steps of a life, which may be heard more than once. */
type Step = { readonly word: Word; readonly who: string; readonly at: number; readonly time: PayloadStyle['time'] };

function personSteps(random: Random): Step[] {
  const words = shuffled(random, ['queued', 'sent', 'delivered', 'read', 'played', 'failed', 'deleted'] as const).slice(0, STEPS);
  return words.map((word) => ({
    word,
    who: '',
    at: NOON + Math.floor(random.next() * 600) * 1_000,
    time: word === 'deleted' ? 'ms' : random.pick(['ms', 'ms', 's', 'none']),
  }));
}

function groupSteps(random: Random): Step[] {
  const all = [
    { word: 'queued', who: '' },
    { word: 'sent', who: '' },
    ...PEOPLE.flatMap((who) => (['delivered', 'read'] as const).map((word) => ({ word, who }))),
    { word: 'played', who: PEOPLE[0] },
  ] as const;
  return shuffled(random, all)
    .slice(0, STEPS)
    .map(({ word, who }) => ({
      word,
      who,
      at: NOON + Math.floor(random.next() * 600) * 1_000,
      time: who === '' ? random.pick(['ms', 'none']) : 's',
    }));
}

function tell(waId: string, isGroup: boolean, step: Step, received: number, random: Random): Telling {
  const style: PayloadStyle = { ...DOCUMENTED_STYLE, time: step.time, list: random.chance(0.3), status: random.pick(['number', 'word', 'capitals']) };
  const chat = isGroup ? GROUP : CHAT;
  const about = { apiKey: KEY, at: step.at, waId, chat, style };
  const body =
    step.who !== ''
      ? groupReceipt({ ...about, person: step.who, step: step.word as 'read' })
      : step.word === 'deleted'
        ? deleted({ apiKey: KEY, at: step.at, keys: [{ waId, chat }] })
        : step.word === 'sent' && random.chance(0.5)
          ? sent({ apiKey: KEY, at: step.at, waId, to: isGroup ? GROUP : '+15550002222', text: 'Hi', style })
          : statusUpdate({ ...about, status: NUMBERS[step.word] ?? 2 });
  const who = step.who === '' ? '' : `+${step.who.split('@')[0]}`;
  return {
    waId,
    statement: { word: step.word, who, received, ...(step.time === 'none' ? {} : { stated: step.at }) },
    arrival: { body, receivedAt: received },
  };
}

/** A life of five steps in an order of its own, some of them told twice or three times. */
function aLife(random: Random, waId: string, order?: readonly number[]): Life {
  const isGroup = random.chance(0.5);
  const steps = isGroup ? groupSteps(random) : personSteps(random);
  const arranged = order === undefined ? shuffled(random, steps) : order.map((i) => steps[i] as Step);
  const again = arranged.filter(() => random.chance(0.4));
  const heard = order === undefined ? shuffled(random, [...arranged, ...again]) : [...arranged, ...again];
  return { waId, isGroup, told: heard.map((step, i) => tell(waId, isGroup, step, step.at + 300 + i * 7, random)) };
}

function shown(message: MessageRecord | undefined): Shown | undefined {
  if (message === undefined) return undefined;
  const steps = Object.fromEntries(Object.entries(message.steps).map(([said, { at, how }]) => [said, { at, how }]));
  const { summary } = message;
  return {
    status: message.status,
    deleted: message.deleted,
    firstAt: message.firstAt,
    steps,
    people:
      message.kind === 'group' && summary !== null
        ? { known: summary.people, delivered: summary.delivered, read: summary.read, played: summary.played }
        : null,
  };
}

/** How many of `lives` end otherwise than the model says, heard together and mixed with each other. */
function differing(world: CoreWorld, lives: readonly Life[], random: Random): number {
  const next = lives.map(() => 0);
  const mixed: Arrival[] = [];
  // Each life in its own order, woven into one stream.
  const open = lives.map((_life, i) => i);
  while (open.length > 0) {
    const at = Math.floor(random.next() * open.length);
    const life = open[at] as number;
    const telling = lives[life]?.told[next[life] as number];
    if (telling === undefined) {
      open[at] = open.at(-1) as number;
      open.pop();
    } else {
      mixed.push(telling.arrival);
      next[life] = (next[life] as number) + 1;
    }
  }
  world.store.transaction(() => world.hear(mixed));
  return lives.filter(({ waId, isGroup, told }) => {
    const expected = mustShow(
      told.map((telling) => telling.statement),
      isGroup,
    );
    return !isDeepStrictEqual(shown(world.message(waId)), expected);
  }).length;
}

/** Heard one at a time: at every moment it must show what had been said by then, and never fall, but for a group that turns out to be larger. */
function stepByStep(
  world: CoreWorld,
  { waId, isGroup, told }: Life,
): { readonly moments: number; readonly different: number; readonly fell: number } {
  let different = 0;
  let fell = 0;
  let before: Shown | undefined;
  world.store.transaction(() => {
    told.forEach((telling, i) => {
      world.hear([telling.arrival]);
      const now = shown(world.message(waId));
      if (
        !isDeepStrictEqual(
          now,
          mustShow(
            told.slice(0, i + 1).map((one) => one.statement),
            isGroup,
          ),
        )
      )
        different++;
      const grew = (now?.people?.known ?? 0) > (before?.people?.known ?? 0);
      if (!grew && ORDER.indexOf(now?.status ?? '') < ORDER.indexOf(before?.status ?? '')) fell++;
      before = now;
    });
  });
  return { moments: told.length, different, fell };
}

function permutations(list: readonly number[]): number[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, i) => permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]));
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A provider that dates what states no time by when it happens to be read: exactly what must not matter. */
function mutant(): Provider {
  const real = wasenderapi();
  let read = 0;
  return {
    ...real,
    normalise(entry) {
      const normalised = real.normalise(entry);
      return {
        ...normalised,
        facts: normalised.facts.map((fact) => (fact.kind === 'receipt' && fact.how === 'arrival' ? { ...fact, at: NOON + ++read } : fact)),
      };
    },
  };
}

async function inWorld<T>(work: (world: CoreWorld) => T, provider?: Provider): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tickline-r09-'));
  const world = openCoreWorld(folder, provider === undefined ? {} : { provider });
  try {
    return work(world);
  } finally {
    world.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** About 5 minutes at full scale. */
export const trial: Trial = {
  id: 'R9',
  title: 'every order of a life of five steps, with repeats, for one person and for a group of three, ends as an independent model says',
  async run({ scale, seed, say }) {
    const runs = scale === 'full' ? 100_000 : 1_500;
    const slow = scale === 'full' ? 3_000 : 120;
    const random = createRandom(seed);
    const orders = permutations([0, 1, 2, 3, 4]);
    let wrong = 0;
    let heard = 0;
    while (heard < runs) {
      const some = Math.min(IN_ONE_WORLD, runs - heard);
      wrong += await inWorld((world) => {
        let different = 0;
        for (let done = 0; done < some; done += IN_ONE_BATCH) {
          // Half of them go through all 120 orders one after the other, half are shuffled with their repeats.
          const lives = Array.from({ length: Math.min(IN_ONE_BATCH, some - done) }, (_each, i) =>
            aLife(random, `W${done + i}`, i % 2 === 0 ? orders[((done + i) / 2) % orders.length] : undefined),
          );
          different += differing(world, lives, random);
        }
        return different;
      });
      heard += some;
      say(`${heard} of ${runs}`);
    }
    const steps = await inWorld((world) => {
      const sum = { moments: 0, different: 0, fell: 0 };
      for (let i = 0; i < slow; i++) {
        const one = stepByStep(world, aLife(random, `W${i}`));
        sum.moments += one.moments;
        sum.different += one.different;
        sum.fell += one.fell;
      }
      return sum;
    });
    const caught = await inWorld(
      (world) =>
        differing(
          world,
          Array.from({ length: 200 }, (_each, i) => aLife(random, `W${i}`)),
          random,
        ),
      mutant(),
    );
    return {
      figures: [
        { name: 'lives', value: heard, target: `≥ ${runs}`, pass: heard >= runs },
        { name: 'orders of five', value: orders.length, target: '120', pass: orders.length === 120 && runs / 2 >= 120 },
        { name: 'that end otherwise than the model', value: wrong, target: '0', pass: wrong === 0 },
        { name: 'moments looked at one by one', value: steps.moments, target: `≥ ${slow * STEPS}`, pass: steps.moments >= slow * STEPS },
        { name: 'that show otherwise', value: steps.different, target: '0', pass: steps.different === 0 },
        { name: 'that fell', value: steps.fell, target: '0', pass: steps.fell === 0 },
        { name: 'a mutant whose times depend on the order, found', value: caught, target: '> 0', pass: caught > 0 },
      ],
    };
  },
};
