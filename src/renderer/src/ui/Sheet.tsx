import type { JSX, ReactNode } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

type Props = {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer: ReactNode;
  readonly alert?: boolean;
};

/** A dialog: focus stays inside, Escape and a click beside it close it, focus returns to where it was. */
export function Sheet({ title, isOpen, onClose, children, footer, alert = false }: Props): JSX.Element {
  return (
    <ModalOverlay className="veil" isOpen={isOpen} onOpenChange={(open) => (open ? undefined : onClose())} isDismissable={!alert}>
      <Modal className="sheet">
        <Dialog className="sheet-body" role={alert ? 'alertdialog' : 'dialog'}>
          <Heading slot="title">{title}</Heading>
          <div className="sheet-content">{children}</div>
          <footer>{footer}</footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
