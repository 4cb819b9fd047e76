import { describe, expect, it, vi } from 'vitest';
import { gapAfter, gapTimes } from '../../src/renderer/src/health/gapWords.ts';
import { createHealth } from '../../src/renderer/src/state/health.ts';
import { createLink } from '../../src/renderer/src/state/link.ts';
import { parseRoute, routeHash } from '../../src/renderer/src/state/route.ts';
import type { DoctorReport, Finding } from '../../src/shared/contract/health.ts';
import type { GapView } from '../../src/shared/contract/views.ts';
import { anIntake } from '../support/fakeAnswers.ts';
import { createFakeApi, type FakeAnswers } from '../support/fakeApi.ts';

const NOW = Date.UTC(2026, 10, 25, 9, 0, 0);
const ok = <T>(value: T) => ({ ok: true as const, value });
const lost = { ok: false as const, error: { code: 'busy' as const, message: 'Tickline is still starting.', retry: true } };

function aReport(at: number, needs = 0, asked = false): DoctorReport {
  const one: Finding = { id: 'door.dead', level: 'problem', account: null, title: 't', cause: 'c', evidence: [], nextStep: 'n', action: null };
  return { at, asked, needs, findings: Array.from({ length: needs }, () => one), database: null, text: '' };
}

function aHealth(answers: FakeAnswers = {}) {
  const api = createFakeApi(() => NOW, { 'doctor.last': () => ok(aReport(NOW)), ...answers });
  const link = createLink(api, (work) => work());
  const health = createHealth(api, link);
  return { api, health, names: () => api.asked.map((one) => one.name) };
}

describe('the health of the window', () => {
  it('knows the newest report before the screen is opened, so that its count can stand beside its name', async () => {
    const { health, api, names } = aHealth();
    await vi.waitFor(() => expect(health.state.getState().report?.at).toBe(NOW));
    expect(names()).not.toContain('gaps.list');
    api.emit('doctor.changed', { report: aReport(NOW + 5_000, 2) });
    expect(health.state.getState().report).toMatchObject({ at: NOW + 5_000, needs: 2 });
  });

  it('does not let an older answer take the place of a newer report', async () => {
    let give: (() => void) | undefined;
    const { health, api } = aHealth({ 'doctor.last': () => new Promise((resolve) => (give = () => resolve(ok(aReport(NOW - 1))))) });
    api.emit('doctor.changed', { report: aReport(NOW, 1) });
    give?.();
    await Promise.resolve();
    expect(health.state.getState().report?.needs).toBe(1);
  });

  it('asks everybody when the owner does, and says that it is looking meanwhile', async () => {
    const { health, api } = aHealth({ 'doctor.run': () => ok(aReport(NOW + 1, 0, true)) });
    const looking = health.look();
    expect(health.state.getState().looking).toBe(true);
    await looking;
    expect(api.asked.at(-1)).toEqual({ name: 'doctor.run', input: { ask: true } });
    expect(health.state.getState()).toMatchObject({ looking: false, report: { asked: true } });
  });

  it('keeps what was shown, and says why, when a look fails', async () => {
    const { health } = aHealth({ 'doctor.run': () => lost });
    await vi.waitFor(() => expect(health.state.getState().report).not.toBeNull());
    await health.look();
    expect(health.state.getState()).toMatchObject({ looking: false, report: { at: NOW }, error: { code: 'busy' } });
  });

  it('looks again after the button of a finding, and tells when that failed', async () => {
    const { health, names } = aHealth({
      'intake.tell': () => ok(anIntake(NOW)),
      'doctor.run': () => ok(aReport(NOW + 1)),
      'intake.open': () => lost,
    });
    expect(await health.act({ kind: 'ask', label: 'Set it again', request: 'intake.tell', account: 'a' })).toBeNull();
    expect(names().slice(-2)).toEqual(['intake.tell', 'doctor.run']);
    expect(await health.act({ kind: 'ask', label: 'Open it now', request: 'intake.open', account: 'a' })).toMatchObject({ code: 'busy' });
    expect(names().at(-1)).toBe('intake.open');
  });

  it('asks for the gaps only while the screen is shown', async () => {
    const { health, api, names } = aHealth();
    api.emit('intake.changed', { intake: anIntake(NOW) });
    expect(names()).not.toContain('gaps.list');
    health.wake();
    await vi.waitFor(() => expect(health.state.getState().gaps.phase).toBe('ready'));
    expect(names().filter((name) => name === 'gaps.list')).toHaveLength(1);
  });

  it('has an address of its own', () => {
    expect(parseRoute('#/health')).toEqual({ screen: 'health' });
    expect(routeHash({ screen: 'health' })).toBe('#/health');
  });
});

describe('a gap in words', () => {
  const at = (hours: number, minutes: number, seconds = 0) => new Date(2026, 10, 25, hours, minutes, seconds).getTime();
  const gap = (part: Partial<GapView> = {}): GapView => ({
    id: 1,
    account: 'a',
    from: at(10, 41, 2),
    to: at(10, 43, 9),
    why: 'w',
    recovered: 0,
    reconciledAt: null,
    ...part,
  });

  it('says from when to when', () => {
    expect(gapTimes(gap(), at(12, 0))).toBe('10:41:02 – 10:43:09');
    expect(gapTimes(gap({ to: null }), at(12, 0))).toBe('Since 10:41:02');
  });

  it('says what asking afterwards brought, and never more than is known', () => {
    expect(gapAfter(gap({ to: null }))).toBe('Nobody is listening');
    expect(gapAfter(gap())).toBe('Still being asked about');
    expect(gapAfter(gap({ reconciledAt: at(11, 0), recovered: 1 }))).toBe('1 status was recovered');
    expect(gapAfter(gap({ reconciledAt: at(11, 0), recovered: 12 }))).toBe('12 statuses were recovered');
    expect(gapAfter(gap({ reconciledAt: at(11, 0) }))).toBe('Nothing missed that we know of');
  });
});
