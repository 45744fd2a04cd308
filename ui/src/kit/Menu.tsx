/** A button that opens a menu of choices. */

import * as Ariakit from "@ariakit/react";
import { Check } from "lucide-react";
import { type ReactElement, type ReactNode, useLayoutEffect } from "react";
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
  const store = Ariakit.useMenuStore({ placement, open, setOpen: onOpenChange });
  // One that a key of the page opened takes the focus as if its button had been pressed.
  useLayoutEffect(() => {
    if (!open || store.getState().autoFocusOnShow) return;
    store.setAutoFocusOnShow(true);
    store.setInitialFocus("first");
  }, [open, store]);
  return (
    <>
      <Ariakit.MenuButton store={store} render={button} />
      <Ariakit.Menu store={store} className={styles.menu} gutter={4} unmountOnHide portal>
        {children}
      </Ariakit.Menu>
    </>
  );
}

type ItemProps = {
  readonly children: ReactNode;
  readonly onSelect: () => void;
  /** Given, the item is one of a set of choices. */
  readonly checked?: boolean;
  readonly note?: ReactNode;
  /** Why it cannot be chosen now; said in place of the note. */
  readonly refusal?: string;
};

export function MenuItem({ children, onSelect, checked, refusal, note = refusal }: ItemProps) {
  const content = (
    <>
      {checked !== undefined && <Check size={14} className={checked ? "" : styles.unchecked} />}
      <span className={styles.text}>{children}</span>
      {note !== undefined && <span className={styles.note}>{note}</span>}
    </>
  );
  return (
    <Ariakit.MenuItem
      className={styles.item}
      onClick={onSelect}
      disabled={refusal !== undefined}
      accessibleWhenDisabled
      role={checked === undefined ? "menuitem" : "menuitemradio"}
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
