/** Tabs: `pill` for choosing a variant, `line` for the parts of a panel. */

import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";
import styles from "./Tabs.module.css";

export type TabItem<Id extends string> = { readonly id: Id; readonly label: ReactNode };

type TabsProps<Id extends string> = {
  readonly label: string;
  readonly items: readonly TabItem<Id>[];
  readonly selected: Id;
  readonly onSelect: (id: Id) => void;
  readonly look?: "pill" | "line";
  /** The content of the selected tab. */
  readonly children: ReactNode;
  readonly panelClass?: string;
};

export function Tabs<Id extends string>(props: TabsProps<Id>) {
  const { label, items, selected, onSelect, look = "line", children, panelClass } = props;
  return (
    <Ariakit.TabProvider
      selectedId={selected}
      setSelectedId={(id) => id && id !== selected && onSelect(id as Id)}
    >
      <Ariakit.TabList aria-label={label} className={`${styles.list} ${styles[look]}`}>
        {items.map((item) => (
          <Ariakit.Tab key={item.id} id={item.id} className={styles.tab}>
            {item.label}
          </Ariakit.Tab>
        ))}
      </Ariakit.TabList>
      <Ariakit.TabPanel tabId={selected} className={panelClass}>
        {children}
      </Ariakit.TabPanel>
    </Ariakit.TabProvider>
  );
}
