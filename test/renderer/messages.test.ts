import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLink } from '../../src/renderer/src/state/link.ts';
import { createMessages } from '../../src/renderer/src/state/messages.ts';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { MessageRow, MessagesPage } from '../../src/shared/contract/views.ts';
import { aMessage, stated } from '../support/aMessage.ts';
import { createFakeApi } from '../support/fakeApi.ts';

const NOW = Date.UTC(2026, 10, 2, 11, 0, 0);
const row = (number: number, part: Partial<MessageRow> = {}) => aMessage(`m${number}`, NOW - (1000 - number) * 1000, part);
const page = (rows: readonly MessageRow[], seq: number, nextCursor: string | null = null): Answer<MessagesPage> => ({
  ok: true,
  value: { rows, nextCursor, seq },
});

function aList(first: readonly MessageRow[] = [row(3), row(2), row(1)], madeAt = 0) {
  const api = createFakeApi(() => NOW, { 'messages.page': () => page(first, madeAt) });
  const link = createLink(api, (work) => work());
  const list = createMessages(api, link, { pageSize: 50, most: 1000 });
  list.wake();
  const ids = () => list.state.getState().rows.map((one) => one.id);
  const change = (...rows: MessageRow[]) => api.emit('message.changed', { rows, more: false });
  const ready = () => vi.waitFor(() => expect(list.state.getState().phase).toBe('ready'));
  return { api, list, ids, change, ready };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a list of messages', () => {
  it('puts a new message on top and leaves the others where they are', async () => {
    const { ids, change, ready } = aList();
    await ready();
    change(row(4));
    expect(ids()).toEqual(['m4', 'm3', 'm2', 'm1']);
  });

  it('changes a row in its place', async () => {
    const { list, ids, change, ready } = aList();
    await ready();
    change(row(2, { status: 'read', steps: { queued: stated(1), read: stated(2) } }));
    expect(ids()).toEqual(['m3', 'm2', 'm1']);
    expect(list.state.getState().rows[1]?.status).toBe('read');
  });

  it('lets new rows wait while somebody points at it, and shows them afterwards', async () => {
    const { list, ids, change, ready } = aList();
    await ready();
    list.hold(true);
    change(row(4), row(5));
    change(row(4, { status: 'delivered' }));
    expect(ids()).toEqual(['m3', 'm2', 'm1']);
    expect(list.state.getState().waiting).toBe(2);
    list.hold(false);
    expect(ids()).toEqual(['m5', 'm4', 'm3', 'm2', 'm1']);
    expect(list.state.getState().rows[1]?.status).toBe('delivered');
  });

  it('keeps what was heard while a page was on its way, when that is newer than the page', async () => {
    let answer: (value: Answer<MessagesPage>) => void = () => undefined;
    const { api, list, change } = aList();
    api.replace({ 'messages.page': () => new Promise((resolve) => (answer = resolve)) });
    list.setFilter({ kind: 'person' });
    change(row(2, { status: 'read' }));
    const newer = api.seq();
    change(row(3, { status: 'read' }));
    answer(page([row(3), row(2, { status: 'played' }), row(1)], newer));
    await vi.waitFor(() => expect(list.state.getState().phase).toBe('ready'));
    // m2 changed before the page was made, m3 afterwards
    expect(list.state.getState().rows.map((one) => one.status)).toEqual(['read', 'played', 'queued']);
  });

  it('ignores a late change that is older than what it shows', async () => {
    const { list, change, ready } = aList([row(1, { status: 'read' })], 5);
    await ready();
    change(row(1, { status: 'sent' }));
    expect(list.state.getState().rows[0]?.status).toBe('read');
  });

  it('shows news only when the filter lets them in', async () => {
    const { api, list, ids, change } = aList();
    api.replace({ 'messages.page': () => page([], api.seq()) });
    list.setFilter({ status: 'failed', text: 'amina' });
    await vi.waitFor(() => expect(list.state.getState().phase).toBe('ready'));
    change(row(4, { name: 'Amina Yusuf', status: 'failed' }), row(5, { name: 'Amina Yusuf' }), row(6, { name: 'Tom', status: 'failed' }));
    expect(ids()).toEqual(['m4']);
  });

  it('asks for the next page by its cursor and does not show a row twice', async () => {
    const { api, list, ids, ready } = aList();
    api.replace({ 'messages.page': (input) => (input?.cursor === 'c1' ? page([row(1), row(0)], 0) : page([row(3), row(2), row(1)], 0, 'c1')) });
    list.setFilter({});
    await ready();
    await list.more();
    await list.more();
    expect(ids()).toEqual(['m3', 'm2', 'm1', 'm0']);
    expect(list.state.getState().nextCursor).toBe(null);
  });

  it('says why it failed and keeps what it had', async () => {
    const { api, list, ids, ready } = aList();
    await ready();
    api.replace({ 'messages.page': () => ({ ok: false, error: { code: 'busy', message: 'Busy.', retry: true } }) });
    await vi.advanceTimersByTimeAsync(2000);
    list.ask();
    await vi.waitFor(() => expect(list.state.getState().error?.code).toBe('busy'));
    expect(list.state.getState().phase).toBe('ready');
    expect(ids()).toEqual(['m3', 'm2', 'm1']);
  });
});
