/** Which entries are marked: some by number, or everything that the filter matched when it was asked, but for those taken out. Pure. */
import type { InboxFilter } from '../../../shared/contract/requests.ts';
import type { ReplayWish } from '../state/inbox.ts';

export type Selection =
  | { readonly kind: 'some'; readonly ids: ReadonlySet<number>; readonly anchor: number | null }
  | { readonly kind: 'all'; readonly filter: InboxFilter; readonly upTo: number; readonly count: number; readonly except: ReadonlySet<number> };

export const NOTHING: Selection = { kind: 'some', ids: new Set(), anchor: null };

export function isMarked(selection: Selection, id: number): boolean {
  return selection.kind === 'some' ? selection.ids.has(id) : id <= selection.upTo && !selection.except.has(id);
}

export function markedCount(selection: Selection): number {
  return selection.kind === 'some' ? selection.ids.size : Math.max(0, selection.count - selection.except.size);
}

/** Marks or unmarks `id`; with `range` everything in `order` between the last one touched and it is made like it. */
export function toggle(selection: Selection, id: number, range: boolean, order: readonly number[]): Selection {
  const mark = !isMarked(selection, id);
  if (selection.kind === 'all') {
    const except = new Set(selection.except);
    if (mark) except.delete(id);
    else except.add(id);
    return { ...selection, except };
  }
  const ids = new Set(selection.ids);
  for (const each of range && selection.anchor !== null ? between(order, selection.anchor, id) : [id]) {
    if (mark) ids.add(each);
    else ids.delete(each);
  }
  return { kind: 'some', ids, anchor: id };
}

function between(order: readonly number[], a: number, b: number): readonly number[] {
  const [from, to] = [order.indexOf(a), order.indexOf(b)].toSorted((x, y) => x - y) as [number, number];
  return from === -1 ? [b] : order.slice(from, to + 1);
}

/** What to ask the engine to replay; null when nothing is marked. */
export function wishOf(selection: Selection): ReplayWish | null {
  if (markedCount(selection) === 0) return null;
  if (selection.kind === 'some') return { ids: [...selection.ids].toSorted((a, b) => a - b) };
  return { filter: { ...selection.filter, upTo: selection.upTo }, except: [...selection.except] };
}
