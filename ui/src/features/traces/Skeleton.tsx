/** The table's geometry without its words. */

import styles from "./Skeleton.module.css";
import table from "./TraceTable.module.css";

const ROWS = Array.from({ length: 32 }, (_, i) => i);

/** How much of its cell each bar fills, by column; texts vary from row to row. */
const shares = (i: number) => [80, 60, 50 + ((i * 7) % 45), 40 + ((i * 5) % 50), 90, 60, 60, 70];

export function Skeleton() {
  return (
    <div className={`${table.scroller} ${styles.skeleton}`} aria-hidden="true">
      <div className={table.head}>
        <div className={table.row} />
      </div>
      {ROWS.map((i) => (
        <div key={i} className={`${table.row} ${styles.row}`} style={{ position: "static" }}>
          {shares(i).map((share, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move.
            <span key={column} style={{ width: `${share}%` }} />
          ))}
        </div>
      ))}
    </div>
  );
}
