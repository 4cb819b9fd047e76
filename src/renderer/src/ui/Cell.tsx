// biome-ignore-all lint/a11y/useSemanticElements: a real table cannot be drawn in part, so the roles are given by hand
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself is the one tab stop and names the active row
import type { JSX, ReactNode } from 'react';

type Props = { readonly children?: ReactNode; readonly className?: string; readonly title?: string | undefined };

/** One cell of a grid row. */
export function Cell({ children, className, title }: Props): JSX.Element {
  return (
    <span role="gridcell" className={className} title={title}>
      {children}
    </span>
  );
}

export function ColumnHeader({ children }: { readonly children: ReactNode }): JSX.Element {
  return <span role="columnheader">{children}</span>;
}

/** A group of rows: the head, or the part that scrolls. */
export function RowGroup({
  className,
  height,
  children,
}: {
  readonly className: string;
  readonly height?: number;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <div role="rowgroup" className={className} style={height === undefined ? undefined : { blockSize: height }}>
      {children}
    </div>
  );
}

export function HeaderRow({ children }: { readonly children: ReactNode }): JSX.Element {
  return (
    <div role="row" className="row-cells" aria-rowindex={1}>
      {children}
    </div>
  );
}
