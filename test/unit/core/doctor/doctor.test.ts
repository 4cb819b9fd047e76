import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/main/core/doctor/facts.ts';
import { type Check, finding } from '../../../../src/main/core/doctor/finding.ts';
import { createDoctor } from '../../../../src/main/core/doctor/index.ts';
import type { DoctorReport } from '../../../../src/shared/contract/health.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { someFacts, withWebhook } from '../../../support/healthFacts.ts';
import { createMemoryLog } from '../../../support/memoryLog.ts';

const KEY = 'wsk_canary_key_of_the_session';
const check = (name: string, look: Check['look']): Check => ({ name, title: name, look });
const says = (id: string, level: 'ok' | 'note' | 'warning' | 'problem', words = 'It is so.') =>
  check(id, () => [finding({ id, level, title: id, cause: words, evidence: [words] })]);

function aDoctor(more: { checks?: readonly Check[]; gather?: (ask: boolean) => Promise<Facts> } = {}) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const reports: DoctorReport[] = [];
  const asks: boolean[] = [];
  const doctor = createDoctor({
    clock,
    log,
    version: '0.1.0',
    gather: async (ask) => {
      asks.push(ask);
      return (more.gather ?? (async () => someFacts()))(ask);
    },
    secrets: () => [KEY],
    onReport: (report) => reports.push(report),
    ...(more.checks === undefined ? {} : { checks: more.checks }),
  });
  return { clock, log, reports, asks, doctor };
}

describe('a look', () => {
  it('puts the most urgent first and counts what needs the owner', async () => {
    const { doctor } = aDoctor({ checks: [says('a', 'ok'), says('b', 'warning'), says('c', 'note'), says('d', 'problem'), says('e', 'warning')] });
    const report = await doctor.run({ ask: true });
    expect(report.findings.map((one) => one.id)).toEqual(['d', 'b', 'e', 'c', 'a']);
    expect(report).toMatchObject({ needs: 3, asked: true });
  });

  it('goes on when a check of ours is broken, and says which was not made', async () => {
    const broken = check('broken', () => {
      throw new Error('oh');
    });
    const report = await aDoctor({ checks: [broken, says('a', 'ok')] }).doctor.run({ ask: false });
    expect(report.findings.map((one) => one.id)).toEqual(['broken.our-fault', 'a']);
  });

  it('tells so when nothing can be read at all', async () => {
    const { doctor } = aDoctor({ gather: () => Promise.reject(new Error('SQLITE_IOERR')) });
    const report = await doctor.run({ ask: false });
    expect(report).toMatchObject({ needs: 1, database: null, findings: [{ id: 'doctor.nothing-known', level: 'problem' }] });
  });

  it('is never made while another is under way', async () => {
    let under = 0;
    let most = 0;
    const { doctor, asks } = aDoctor({
      gather: async () => {
        most = Math.max(most, ++under);
        await Promise.resolve();
        under -= 1;
        return someFacts();
      },
    });
    await Promise.all([doctor.run({ ask: true }), doctor.run({ ask: false }), doctor.last()]);
    expect(most).toBe(1);
    expect(asks).toEqual([true, false]);
    // and what is known already is given without another look
    await doctor.last();
    expect(asks).toHaveLength(2);
  });

  it('is shared by everybody who wants one at that time, so that a thousand wishes spend the requests of one', async () => {
    const { doctor, asks } = aDoctor();
    await Promise.all(Array.from({ length: 1000 }, (_, index) => doctor.run({ ask: index % 2 === 0 })));
    expect(asks).toEqual([true, false]);
    await doctor.run({ ask: true });
    expect(asks).toEqual([true, false, true]);
  });
});

describe('what leaves the doctor', () => {
  it('holds no key, no number of a customer and no path of ours, in findings and in the text', async () => {
    const leak = `key ${KEY}, number +44 7700 900219, ${'ab'.repeat(32)}`;
    const { doctor } = aDoctor({ checks: [says('a', 'problem', leak)], gather: async () => withWebhook({ url: `https://x.example/${KEY}` }) });
    const text = JSON.stringify(await doctor.run({ ask: true }));
    expect(text).not.toContain(KEY);
    expect(text).not.toMatch(/7700\s?900219/);
    expect(text).not.toContain('ab'.repeat(32));
    expect(text).toContain('···219');
  });

  it('keeps versions whole, whose figures look like numbers of telephones', async () => {
    const report = await aDoctor().doctor.run({ ask: false });
    expect(report.text).toContain('Chromium 150.0.7871.99');
  });

  it('is a text that somebody who helps can read', async () => {
    const report = await aDoctor({ checks: [says('a', 'problem', 'It is broken.')] }).doctor.run({ ask: true });
    expect(report.text.split('\n').slice(1)).toEqual(['1 thing needs a look.', '', '[problem] a  a', '  It is broken.', '  - It is broken.']);
  });
});

describe('looking by itself', () => {
  it('begins soon after the start, goes on every three minutes, and never asks anybody', async () => {
    const { clock, doctor, asks } = aDoctor();
    doctor.start();
    await clock.run(1_000);
    expect(asks).toEqual([false]);
    await clock.run(540_000);
    expect(asks).toEqual([false, false, false, false]);
    doctor.stop();
    await clock.run(600_000);
    expect(asks).toHaveLength(4);
    expect(clock.waiting()).toBe(0);
  });

  it('looks within a second of a change, and not all the time when changes do not end', async () => {
    const { clock, doctor, asks } = aDoctor();
    doctor.start();
    await clock.run(60_000);
    expect(asks).toHaveLength(1);
    doctor.nudge();
    await clock.run(1_000);
    expect(asks).toHaveLength(2);
    for (let second = 0; second < 60; second++) {
      doctor.nudge();
      await clock.run(1_000);
    }
    expect(asks.length).toBeLessThanOrEqual(22);
    expect(asks.length).toBeGreaterThanOrEqual(18);
  });

  it('does not begin before it is told to', async () => {
    const { clock, doctor, asks } = aDoctor();
    doctor.nudge();
    await clock.run(10_000);
    expect(asks).toEqual([]);
  });
});
