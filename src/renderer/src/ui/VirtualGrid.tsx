/**
 * A long list drawn in part. One tab stop; arrows, Page, Home and End move the active row, Enter opens it.
 * The rows are told to assistive technology through `aria-activedescendant`, so a row that scrolls away loses nothing.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type JSX,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import { ColumnHeader, HeaderRow, RowGroup } from './Cell.tsx';

/** What every row element needs to stand in its place. */
export type RowFrame = {
  readonly id: string;
  readonly rowKey: string;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly active: boolean;
  /** It is the one that is open beside the list. */
  readonly selected: boolean;
  /** It is marked, in a list whose rows can be. */
  readonly marked: boolean | undefined;
};
/** Marking several rows: with the space bar or a click on `[data-mark]`, with shift up to the last one touched, and all with ctrl or cmd and A. */
export type Marking = {
  readonly has: (key: string) => boolean;
  readonly onToggle: (key: string, range: boolean) => void;
  readonly onAll: () => void;
};
export type GridHandle = { readonly toTop: () => void; readonly focus: () => void };

type Props<T> = {
  readonly label: string;
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly rowHeight: number;
  readonly columns: readonly { readonly label: string; readonly content?: ReactNode }[];
  readonly className: string;
  readonly selectedKey: string | null;
  readonly onOpen: (row: T) => void;
  readonly marking?: Marking | undefined;
  readonly renderRow: (row: T, frame: RowFrame) => ReactNode;
  readonly onNearEnd?: (() => void) | undefined;
  readonly onHold?: ((held: boolean) => void) | undefined;
  readonly ref?: Ref<GridHandle>;
};

export function VirtualGrid<T>(props: Props<T>): JSX.Element {
  const { rows, keyOf, rowHeight, columns, onNearEnd, onHold } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const held = useRef({ hovered: false, scrolled: false });
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const base = useId();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollPaddingStart: 28,
    useFlushSync: false,
  });
  // The height is a setting; rows already measured must follow it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: rowHeight is the reason to measure
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  useImperativeHandle(props.ref, () => ({
    toTop: () => scroller.current?.scrollTo({ top: 0 }),
    focus: () => scroller.current?.focus(),
  }));

  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastIndex >= rows.length - 8) onNearEnd?.();
  }, [rows.length, lastIndex, onNearEnd]);

  const hold = (change: Partial<{ hovered: boolean; scrolled: boolean }>) => {
    held.current = { ...held.current, ...change };
    onHold?.(held.current.hovered || held.current.scrolled);
  };
  const activeIndex =
    activeKey === null
      ? 0
      : Math.max(
          0,
          rows.findIndex((row) => keyOf(row) === activeKey),
        );
  const moveTo = (index: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (next === undefined) return;
    setActiveKey(keyOf(next));
    virtual.scrollToIndex(Math.max(0, Math.min(rows.length - 1, index)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + page,
      PageUp: activeIndex - page,
      Home: 0,
      End: rows.length - 1,
    };
    const target = moves[event.key];
    const { marking } = props;
    const row = rows[activeIndex];
    if (target !== undefined) {
      event.preventDefault();
      moveTo(target);
      const next = rows[Math.max(0, Math.min(rows.length - 1, target))];
      if (event.shiftKey && marking && row !== undefined && next !== undefined) {
        if (!marking.has(keyOf(row))) marking.onToggle(keyOf(row), false);
        if (!marking.has(keyOf(next))) marking.onToggle(keyOf(next), true);
      }
    } else if (marking && event.key === ' ' && row !== undefined) {
      event.preventDefault();
      marking.onToggle(keyOf(row), event.shiftKey);
    } else if (marking && event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      marking.onAll();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (row !== undefined) props.onOpen(row);
    }
  };
  const onClick = (event: MouseEvent) => {
    const key = (event.target as Element).closest<HTMLElement>('[data-key]')?.dataset.key;
    const row = rows.find((one) => keyOf(one) === key);
    if (row === undefined || key === undefined) return;
    setActiveKey(key);
    const wantsMark = (event.target as Element).closest('[data-mark]') !== null || event.shiftKey || event.ctrlKey || event.metaKey;
    if (props.marking && wantsMark) props.marking.onToggle(key, event.shiftKey);
    else props.onOpen(row);
  };
  const active = rows[activeIndex];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real table cannot be drawn in part
    <div
      ref={scroller}
      className={`grid ${props.className}`}
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-multiselectable={props.marking ? true : undefined}
      tabIndex={0}
      aria-activedescendant={active === undefined ? undefined : `${base}${keyOf(active)}`}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onScroll={(event) => hold({ scrolled: event.currentTarget.scrollTop > 4 })}
      onPointerEnter={() => hold({ hovered: true })}
      onPointerLeave={() => hold({ hovered: false })}
    >
      <RowGroup className="grid-head">
        <HeaderRow>
          {columns.map((column) => (
            <ColumnHeader key={column.label}>
              {column.content ? (
                <>
                  <span className="sr">{column.label}</span>
                  {column.content}
                </>
              ) : (
                column.label
              )}
            </ColumnHeader>
          ))}
        </HeaderRow>
      </RowGroup>
      <RowGroup className="grid-body" height={virtual.getTotalSize()}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const rowKey = keyOf(row);
          return props.renderRow(row, {
            id: `${base}${rowKey}`,
            rowKey,
            index: item.index,
            top: item.start,
            height: item.size,
            active: item.index === activeIndex,
            selected: rowKey === props.selectedKey,
            marked: props.marking?.has(rowKey),
          });
        })}
      </RowGroup>
    </div>
  );
}

/** The attributes of a row element made from its frame. */
export function rowAttributes(frame: RowFrame) {
  return {
    id: frame.id,
    role: 'row',
    'data-key': frame.rowKey,
    'data-active': frame.active,
    'aria-rowindex': frame.index + 2,
    'aria-selected': frame.marked ?? frame.selected,
    'aria-current': frame.marked !== undefined && frame.selected ? true : undefined,
    'data-open': frame.selected,
    style: { transform: `translateY(${frame.top}px)`, blockSize: frame.height },
  } as const;
}
