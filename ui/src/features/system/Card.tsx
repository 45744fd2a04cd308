/** A part of the health page under a heading. */

import type { ReactNode } from "react";
import styles from "./System.module.css";

type CardProps = {
  readonly title: string;
  /** Beside the title: what the figures cover. */
  readonly aside?: ReactNode;
  readonly look?: "bad" | undefined;
  /** Over the whole row. */
  readonly wide?: boolean;
  /** Over two columns. */
  readonly double?: boolean;
  readonly children: ReactNode;
};

export function Card({ title, aside, look, wide = false, double = false, children }: CardProps) {
  return (
    <section
      aria-label={title}
      className={styles.card}
      data-look={look}
      data-wide={wide}
      data-double={double}
    >
      <header className={styles.cardHead}>
        <h2>{title}</h2>
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      </header>
      {children}
    </section>
  );
}
