/** The head of the table; time and duration can be sorted by. */

import { ArrowDown, ArrowUp } from "lucide-react";
import type { TraceSort } from "../../base/search";
import styles from "./TraceTable.module.css";

type TableHeadProps = { readonly sort: TraceSort; readonly onSort: (sort: TraceSort) => void };

export function TableHead({ sort, onSort }: TableHeadProps) {
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.row}>
        <SortHead field="start" label="Time" sort={sort} onSort={onSort} />
        <span role="columnheader" className={styles.status}>
          <span className="visually-hidden">Status</span>
        </span>
        <span role="columnheader">Trace · input</span>
        <span role="columnheader">Output</span>
        <SortHead field="duration" label="Duration" sort={sort} onSort={onSort} />
        <span role="columnheader" className={styles.number}>
          TTFT
        </span>
        <span role="columnheader" className={styles.number}>
          Tokens
        </span>
        <span role="columnheader" className={styles.number}>
          Cost
        </span>
      </div>
    </div>
  );
}

type SortHeadProps = TableHeadProps & {
  readonly field: "start" | "duration";
  readonly label: string;
};

function SortHead({ field, label, sort, onSort }: SortHeadProps) {
  const down = sort === `-${field}`;
  const up = sort === field;
  return (
    <span role="columnheader" aria-sort={down ? "descending" : up ? "ascending" : "none"}>
      <button
        type="button"
        className={styles.sort}
        tabIndex={-1}
        onClick={() => onSort(down ? field : `-${field}`)}
      >
        {label}
        {down && <ArrowDown size={12} aria-hidden="true" />}
        {up && <ArrowUp size={12} aria-hidden="true" />}
      </button>
    </span>
  );
}
