import { describe, expect, it } from 'vitest';
import { createLink } from '../../src/renderer/src/state/link.ts';
import { aMessage } from '../support/aMessage.ts';
import { createFakeApi } from '../support/fakeApi.ts';

const NOW = Date.UTC(2026, 10, 2, 11, 0, 0);

function aLink() {
  const api = createFakeApi(() => NOW);
  const frames: (() => void)[] = [];
  const link = createLink(api, (work) => void frames.push(work));
  const batches: number[][] = [];
  let asks = 0;
  link.onBatch((batch) => void batches.push(batch['message.changed'].map((change) => change.seq)));
  link.onAsk(() => void asks++);
  const change = () => api.emit('message.changed', { rows: [aMessage('m1', NOW)], more: false });
  return { api, link, batches, change, asks: () => asks, frame: () => frames.splice(0).map((work) => work()), frames };
}

describe('the link', () => {
  it('asks for everything once when it is connected', () => {
    expect(aLink().asks()).toBe(1);
  });

  it('hands out all changes of one frame together, in their order', () => {
    const { change, batches, frame, frames } = aLink();
    for (let i = 0; i < 500; i++) change();
    expect(batches).toEqual([]);
    expect(frames).toHaveLength(1);
    frame();
    expect(batches).toEqual([Array.from({ length: 500 }, (_, index) => index + 1)]);
  });

  it('asks for everything again when a number is missing', () => {
    const { api, change, asks, frame } = aLink();
    change();
    api.skip(2);
    expect(asks()).toBe(1);
    change();
    expect(asks()).toBe(2);
    change();
    frame();
    expect(asks()).toBe(2);
  });

  it('does not take numbers of different kinds of change for a missing one', () => {
    const { api, change, asks } = aLink();
    change();
    api.emit('inbox.changed', { counts: { kept: 0, applied: 1, duplicate: 0, ignored: 0, quarantined: 0, rejected: 0 }, rows: [] });
    change();
    expect(asks()).toBe(1);
  });

  it('says since when it is stale, and asks afresh when the engine is back, even one that counts from the beginning', () => {
    const { api, link, change, asks, batches, frame } = aLink();
    change();
    api.connection({ state: 'lost', since: NOW, why: 'gone' });
    expect(link.state.getState()).toEqual({ phase: 'stale', since: NOW });
    api.connection({ state: 'open' });
    expect(link.state.getState().phase).toBe('live');
    expect(asks()).toBe(2);
    frame();
    api.skip(-1);
    change();
    frame();
    expect(batches).toEqual([[1], [1]]);
    expect(asks()).toBe(2);
  });

  it('hears nothing more once it is closed', () => {
    const { link, change, frames } = aLink();
    link.close();
    link.close();
    change();
    expect(frames).toHaveLength(0);
  });
});
