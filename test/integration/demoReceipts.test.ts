import { afterEach, describe, expect, it } from 'vitest';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import { advance, EMPTY_LANE, type Lane, type Said, statusOf } from '../../src/main/core/domain/status.ts';
import type { TrueMessage, TrueSteps } from '../../src/main/demo/index.ts';
import { recordingFetch, startTestShop, type TestShop } from '../support/demoShop.ts';
import { createFakeClock } from '../support/fakeClock.ts';

const provider = wasenderapi();
const START = 1_770_000_000_000;
let test: TestShop | undefined;
afterEach(() => test?.shop.stop());

async function live(seed: number, faults: { repeats?: boolean; shuffles?: boolean }) {
  const clock = createFakeClock(START);
  const far = recordingFetch();
  test = await startTestShop({ clock, seed, connected: true, pace: 0, fetch: far.fetch });
  await test.subscribe('http://127.0.0.1:9/w/secret');
  test.shop.set(faults);
  test.shop.sendNow(250);
  await clock.run(2 * 3_600_000);
  return { shop: test.shop, bodies: far.posts.map((post) => post.body) };
}

/** What a reader of the webhooks knows: a lane for each message and each person of a group. */
function understand(bodies: readonly unknown[]) {
  const lanes = new Map<string, Lane>();
  const broken: unknown[] = [];
  const checks: string[] = [];
  for (const body of bodies) {
    const entry = { source: 'webhook', shape: 'webhook', body: Buffer.from(JSON.stringify(body)), receivedAt: START + 3_600_000 * 3 } as const;
    const { facts, oddities } = provider.normalise(entry);
    broken.push(...oddities.filter((oddity) => oddity.kind === 'broken').map((oddity) => [oddity, body]));
    for (const fact of facts) {
      if (fact.kind === 'check-queued') checks.push(fact.reason);
      if (fact.kind !== 'receipt') continue;
      const isGroupMember = fact.person !== undefined && fact.chat?.endsWith('@g.us');
      const name = `${fact.ref.waId} ${isGroupMember ? fact.person : ''}`;
      lanes.set(name, advance(lanes.get(name) ?? EMPTY_LANE, fact.said, { at: fact.at, how: fact.how }));
    }
  }
  return { lanes, broken, checks };
}

function expectSame(steps: TrueSteps, lane: Lane | undefined, told: readonly Said[]): void {
  for (const said of told) {
    const really = steps[said];
    const heard = lane?.[said];
    if (really === undefined) expect(heard).toBeUndefined();
    // Half of the bodies state whole seconds.
    else expect(Math.abs((heard?.at ?? 0) - really)).toBeLessThan(1000);
  }
}

function addressOf(person: TrueMessage['people'][number]): string {
  return person.address.endsWith('@lid') ? person.address : person.phone;
}

describe('the demo shop in the ears of the provider adapter', () => {
  for (const faults of [{}, { repeats: true, shuffles: true }]) {
    it(`is understood without a rest, step by step as it was${faults.repeats ? ', however often and in whatever order it comes' : ''}`, async () => {
      const { shop, bodies } = await live(21, faults);
      const { lanes, broken, checks } = understand(bodies);
      expect(broken).toEqual([]);
      const truth = shop.truth();
      for (const message of truth) {
        if (message.waId === undefined) continue;
        const lane = lanes.get(`${message.waId} `);
        expectSame(
          message.steps,
          lane,
          message.people.length > 0 ? ['sent', 'deleted'] : ['sent', 'delivered', 'read', 'played', 'failed', 'deleted'],
        );
        for (const person of message.people)
          expectSame(person.steps, lanes.get(`${message.waId} ${addressOf(person)}`), ['delivered', 'read', 'played']);
      }
      const refused = truth.filter((message) => message.failure !== undefined && message.waId === undefined);
      expect(refused.length).toBeGreaterThan(0);
      expect(checks.length).toBeGreaterThanOrEqual(refused.length);
      expect(new Set([...lanes.values()].map(statusOf))).toEqual(new Set(['sent', 'delivered', 'read', 'played', 'failed']));
    });
  }
});
