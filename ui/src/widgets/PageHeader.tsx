/** The 44 px row on top of every page: what this is at left, what one can do at right. */

import type { ReactNode } from "react";
import styles from "./PageHeader.module.css";

export function PageHeader({
  title,
  children,
}: {
  readonly title: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <header className={styles.header}>
      <div className={styles.title}>{typeof title === "string" ? <h1>{title}</h1> : title}</div>
      <div className={styles.actions}>{children}</div>
    </header>
  );
}
