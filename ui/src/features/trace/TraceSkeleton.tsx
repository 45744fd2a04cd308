/** The true geometry of the page while the trace is on its way. */

import styles from "./TraceSkeleton.module.css";

const ROWS = [0, 1, 2, 1, 2, 2, 1, 2, 2, 2, 1, 1];

export function TraceSkeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      <div className={styles.facts} />
      <div className={styles.body}>
        <div className={styles.main}>
          {ROWS.map((depth, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows are fixed.
            <div key={row} className={styles.row} style={{ paddingLeft: 12 + depth * 16 }}>
              <i style={{ width: 120 + ((row * 53) % 90) }} />
            </div>
          ))}
        </div>
        <div className={styles.panel} />
      </div>
    </div>
  );
}
