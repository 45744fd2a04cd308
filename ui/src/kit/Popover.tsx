/** A button that opens a small free panel. */

import * as Ariakit from "@ariakit/react";
import type { ReactElement, ReactNode } from "react";
import styles from "./Popover.module.css";

type PopoverProps = {
  readonly button: ReactElement;
  readonly label: string;
  readonly children: ReactNode;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly placement?: Ariakit.PopoverProviderProps["placement"];
};

export function Popover({
  button,
  label,
  children,
  open,
  onOpenChange,
  placement = "bottom-end",
}: PopoverProps) {
  return (
    <Ariakit.PopoverProvider placement={placement} open={open} setOpen={onOpenChange}>
      <Ariakit.PopoverDisclosure render={button} />
      <Ariakit.Popover
        className={styles.popover}
        aria-label={label}
        gutter={4}
        portal
        unmountOnHide
      >
        {children}
      </Ariakit.Popover>
    </Ariakit.PopoverProvider>
  );
}
