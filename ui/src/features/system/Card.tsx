/** A part of the health page under a heading. */

import type { ReactNode } from "react";
import styles from "./System.module.css";

type CardProps = {
  readonly title: string;
  /** Beside the title: what the figures cover. */
  readonly aside?: ReactNode;
  readonly look?: "bad" | undefined;
  readonly wide?: boolean;
  readonly children: ReactNode;
};

export function Card({ title, aside, look, wide = false, children }: CardProps) {
  return (
    <section aria-label={title} className={styles.card} data-look={look} data-wide={wide}>
      <header className={styles.cardHead}>
        <h2>{title}</h2>
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      </header>
      {children}
    </section>
  );
}
