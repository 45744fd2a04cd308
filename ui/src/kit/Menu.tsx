/** A button that opens a menu of choices. */

import * as Ariakit from "@ariakit/react";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import styles from "./Menu.module.css";

type MenuProps = {
  /** The button, as an element; the menu takes its label from it. */
  readonly button: ReactElement;
  readonly children: ReactNode;
  readonly placement?: Ariakit.MenuProviderProps["placement"];
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
};

export function Menu({
  button,
  children,
  placement = "bottom-start",
  open,
  onOpenChange,
}: MenuProps) {
  return (
    <Ariakit.MenuProvider placement={placement} open={open} setOpen={onOpenChange}>
      <Ariakit.MenuButton render={button} />
      <Ariakit.Menu className={styles.menu} gutter={4} unmountOnHide portal>
        {children}
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}

type ItemProps = {
  readonly children: ReactNode;
  readonly onSelect: () => void;
  /** Given, the item is one of a set of choices. */
  readonly checked?: boolean;
  readonly note?: ReactNode;
};

export function MenuItem({ children, onSelect, checked, note }: ItemProps) {
  const content = (
    <>
      {checked !== undefined && <Check size={14} className={checked ? "" : styles.unchecked} />}
      <span className={styles.text}>{children}</span>
      {note !== undefined && <span className={styles.note}>{note}</span>}
    </>
  );
  return checked === undefined ? (
    <Ariakit.MenuItem className={styles.item} onClick={onSelect}>
      {content}
    </Ariakit.MenuItem>
  ) : (
    <Ariakit.MenuItem
      className={styles.item}
      onClick={onSelect}
      role="menuitemradio"
      aria-checked={checked}
    >
      {content}
    </Ariakit.MenuItem>
  );
}

export function MenuGroup({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <Ariakit.MenuGroup className={styles.group}>
      <Ariakit.MenuGroupLabel className={styles.label}>{label}</Ariakit.MenuGroupLabel>
      {children}
    </Ariakit.MenuGroup>
  );
}
