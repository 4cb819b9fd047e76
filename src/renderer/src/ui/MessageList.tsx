import { type JSX, useRef } from 'react';
import type { MessageRow as Row } from '../../../shared/contract/views.ts';
import { Button } from './Button.tsx';
import { count } from './format.ts';
import { MESSAGE_COLUMNS, MessageRow } from './MessageRow.tsx';
import { type GridHandle, VirtualGrid } from './VirtualGrid.tsx';

type Props = {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly waiting: number;
  readonly selected: string | null;
  readonly compact: boolean;
  readonly nowFor: (row: Row) => number;
  /** The account to be named in a row; null where there is only one. */
  readonly accountName: (account: string) => string | null;
  readonly onOpen: (row: Row) => void;
  readonly onHold: (held: boolean) => void;
  readonly onRelease: () => void;
  readonly onNearEnd?: () => void;
};

const keyOf = (row: Row) => row.id;

/** The list of messages; rows that are new while somebody points at it wait behind one button. */
export function MessageList(props: Props): JSX.Element {
  const grid = useRef<GridHandle>(null);
  return (
    <div className="list-body">
      <New
        waiting={props.waiting}
        onShow={() => {
          props.onRelease();
          grid.current?.toTop();
        }}
      />
      <VirtualGrid
        ref={grid}
        label={props.label}
        className="messages-grid"
        rows={props.rows}
        keyOf={keyOf}
        rowHeight={props.compact ? 44 : 56}
        columns={MESSAGE_COLUMNS}
        selectedKey={props.selected}
        onOpen={props.onOpen}
        onHold={props.onHold}
        onNearEnd={props.onNearEnd}
        renderRow={(row, frame) => (
          <MessageRow key={row.id} row={row} now={props.nowFor(row)} account={props.accountName(row.account)} frame={frame} />
        )}
      />
    </div>
  );
}

/** "14 new": what waits behind the button. */
export function New({ waiting, onShow }: { readonly waiting: number; readonly onShow: () => void }): JSX.Element | null {
  if (waiting === 0) return null;
  return (
    <div className="new-rows" aria-live="polite">
      <Button onPress={onShow}>{count(waiting)} new</Button>
    </div>
  );
}
