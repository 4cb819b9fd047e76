import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/main/core/domain/ids.ts';
import { createLogWatch } from '../../../../src/main/core/ingest/watchLog.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { createMemoryLog } from '../../../support/memoryLog.ts';

const ACCOUNT = 'acc_0000000000000001' as AccountId;
const PER_PAGE = 3;

/** A provider whose log holds `ids`, newest first, and somebody who knows what was kept of it. */
function world() {
  const clock = createFakeClock();
  const ids: string[] = ['3', '2', '1'];
  const known = new Set(ids);
  const asked: number[] = [];
  const kept: Uint8Array[] = [];
  const state = { down: false, full: false, grants: 1_000 };
  const watch = createLogWatch({
    account: ACCOUNT,
    polls: { known: (_account, some) => some.filter((id) => known.has(id)).map((providerId) => ({ providerId, status: undefined, firstAt: 0 })) },
    take: () => (state.grants-- > 0 ? { ok: true } : { ok: false, waitMs: 1_000 }),
    client: () => ({
      async messageLog(_session, page) {
        asked.push(page);
        if (state.down) return { ok: false, error: { code: 'provider_unreachable', message: 'down', retry: true } };
        const rows = ids.slice((page - 1) * PER_PAGE, page * PER_PAGE);
        const body = Buffer.from(JSON.stringify(rows));
        return { ok: true, value: { status: 200, shape: 'message-log', body, at: clock.now(), page, more: page * PER_PAGE < ids.length, ids: rows } };
      },
    }),
    session: () => '41',
    async keep({ body }) {
      if (state.full) throw new Error('the disk is full');
      for (const id of JSON.parse(Buffer.from(body).toString())) known.add(id);
      kept.push(body);
    },
    clock,
    log: createMemoryLog(),
  });

  return { clock, watch, ids, known, asked, kept, state };
}

describe('the watch on the message log', () => {
  it('finds messages that nobody told us of, as far back as they are unknown, and keeps no page that says nothing new', async () => {
    const { clock, watch, ids, known, asked, kept } = world();
    watch.set(true);
    await clock.run(6_000);
    expect([asked, kept.length]).toEqual([[1], 0]);
    ids.unshift('8', '7', '6', '5', '4');
    await clock.run(10_000);
    expect(known).toEqual(new Set(ids));
    expect(asked).toEqual([1, 1, 2]);
    await watch.close();
  });

  it('looks at most once a minute while there is nothing new, and never when webhooks come in', async () => {
    const { clock, watch, asked } = world();
    await clock.run(600_000);
    expect(asked).toEqual([]);
    watch.set(true);
    await clock.run(600_000);
    const quiet = asked.length;
    await clock.run(600_000);
    expect(asked.length - quiet).toBeLessThanOrEqual(10);
    watch.set(false);
    asked.length = 0;
    await clock.run(600_000);
    expect(asked).toEqual([]);
  });

  it('reads the log once for a burst of failures without a name, also with webhooks live', async () => {
    const { clock, watch, asked, kept } = world();
    for (let i = 0; i < 20; i++) watch.someFailed();
    await clock.run(60_000);
    // the reasons of those that are known stand in it, too
    expect([asked, kept.length]).toEqual([[1], 1]);
  });

  it('goes on after an outage, a full disk and a used-up limit', async () => {
    const { clock, watch, ids, known, state } = world();
    watch.set(true);
    ids.unshift('4');
    state.down = true;
    await clock.run(60_000);
    state.down = false;
    state.full = true;
    await clock.run(120_000);
    state.full = false;
    state.grants = 0;
    await clock.run(120_000);
    expect(known.has('4')).toBe(false);
    state.grants = 10;
    await clock.run(120_000);
    expect(known.has('4')).toBe(true);
    await watch.close();
    await watch.close();
  });
});
