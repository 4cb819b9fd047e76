/** The honest sentence against a recount, message by message, of random histories in a real database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPolls } from '../../src/main/adapters/sqlite/polls.ts';
import { isKnownFate, type Status } from '../../src/main/core/domain/status.ts';
import { coverageOf } from '../../src/main/core/read/coverage.ts';
import { headlineOf } from '../../src/main/core/read/figures.ts';
import { createRandom } from '../../src/main/demo/random.ts';
import { openCoreWorld } from '../support/coreWorld.ts';

const QUARTER = 15 * 60_000;
const DAY = 96 * QUARTER;
const STATUSES: readonly (Status | null)[] = [null, 'queued', 'sent', 'delivered', 'read', 'failed'];

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('counts the known, the checked and the unknowable as a recount does (history %i)', (seed) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickline-coverage-'));
  const world = openCoreWorld(folder);
  try {
    const random = createRandom(seed);
    const { store } = world;
    const polls = createPolls(store.db);
    const since = Math.floor(world.clock.now() / QUARTER) * QUARTER;
    const now = since + 3 * DAY;
    const accounts = [world.account, world.addAccount(2)];
    const figures = accounts.map((account) => {
      for (let i = random.int(0, 3); i > 0; i--) {
        const from = since - DAY + random.int(0, 300) * QUARTER;
        const gap = store.gaps.open(account, from, 'no door');
        if (random.chance(0.8)) store.gaps.close(gap, from + random.int(1, 40) * QUARTER);
      }
      const messages = Array.from({ length: random.int(0, 80) }, (_, i) => {
        const firstAt = since - DAY + random.int(0, 4 * DAY - 1);
        const status = random.pick(STATUSES);
        const tracked = random.chance(0.6);
        store.transaction(() => {
          const one = store.messages.insert({
            ...BLANK,
            account,
            waId: `wa${i}`,
            providerId: tracked ? `${i}` : null,
            firstAt,
            status,
            statusAt: status === null ? null : firstAt,
          });
          if (tracked) polls.track(one.row, account, `${i}`, firstAt, now, status === null ? {} : { status });
        });
        return { firstAt, status, tracked };
      });
      const [doorOpen, canAsk] = [random.chance(0.5), random.chance(0.7)];
      const lastGap = store.gaps.list(account).reduce((last, gap) => Math.max(last, gap.to ?? now), 0);
      const mine = messages.filter((message) => message.firstAt >= since);
      const open = mine.filter((message) => !isKnownFate(message.status ?? undefined));
      const lost = open.filter((message) => !(canAsk && message.tracked) && (!doorOpen || message.firstAt < Math.ceil(lastGap / QUARTER) * QUARTER));
      return {
        told: { ...coverageOf(store, polls, { account, since, now, doorOpen, canAsk }), asking: 0, secondsToGo: null },
        recount: { total: mine.length, known: mine.length - open.length, unknown: lost.length },
      };
    });
    const sum = (of: (recount: (typeof figures)[number]['recount']) => number) => figures.reduce((total, { recount }) => total + of(recount), 0);
    expect(
      headlineOf(
        figures.map(({ told }) => told),
        since,
      ),
    ).toEqual({
      since,
      total: sum((one) => one.total),
      known: sum((one) => one.known),
      checking: 0,
      unknown: sum((one) => one.unknown),
      secondsToGo: null,
    });
  } finally {
    world.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

const BLANK = {
  chat: '+15550000001',
  kind: 'person' as const,
  name: null,
  text: null,
  tags: [],
  groupSize: null,
  bornAt: null,
  failure: null,
  deleted: false,
  steps: {},
  summary: null,
  confirmed: null,
  confirmedBy: null,
  doubt: null,
};
