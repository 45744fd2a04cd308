/** The table's geometry without its words. */

import styles from "./Skeleton.module.css";

const ROWS = Array.from({ length: 30 }, (_, i) => i);

export function Skeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      <div className={styles.head} />
      {ROWS.map((i) => (
        <div key={i} className={styles.row}>
          <span style={{ width: 56 }} />
          <span style={{ width: `${24 + ((i * 7) % 13)}%` }} />
          <span style={{ width: `${20 + ((i * 5) % 11)}%` }} />
          <span style={{ width: 72, marginLeft: "auto" }} />
        </div>
      ))}
    </div>
  );
}
