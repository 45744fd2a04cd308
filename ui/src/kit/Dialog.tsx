/** A dialog above the page; focus returns to where it was on close. */

import * as Ariakit from "@ariakit/react";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Dialog.module.css";

type DialogProps = {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

export function Dialog({ title, open, onClose, children }: DialogProps) {
  return (
    <Ariakit.Dialog
      open={open}
      onClose={onClose}
      unmountOnHide
      className={styles.dialog}
      backdrop={<div className={styles.backdrop} />}
    >
      <header className={styles.header}>
        <Ariakit.DialogHeading className={styles.title}>{title}</Ariakit.DialogHeading>
        {/* No tooltip: it would open with the dialog and take the first Escape. */}
        <Button look="bare" aria-label="Close" icon={<X size={16} />} onClick={onClose} />
      </header>
      {children}
    </Ariakit.Dialog>
  );
}
