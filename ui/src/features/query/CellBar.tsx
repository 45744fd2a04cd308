/** The active cell below the rows: where it stands, its words on one line, and all of them. */

import { Copy, Maximize2 } from "lucide-react";
import type { SqlColumn } from "../../api/parse_sql";
import { formatCountExact, formatPlural } from "../../base/format";
import type { Json } from "../../base/json";
import { Button } from "../../kit/Button";
import styles from "./CellBar.module.css";
import { cellOf } from "./cells";

type CellBarProps = {
  readonly column?: SqlColumn;
  /** Of the row, counted from one. */
  readonly position: number;
  readonly count: number;
  readonly value: Json | undefined;
  readonly zone: string;
  readonly onOpen: () => void;
  readonly onCopy: () => void;
};

export function CellBar({ column, position, count, value, zone, onOpen, onCopy }: CellBarProps) {
  if (!column) return null;
  const cell = cellOf(value, column, zone, true);
  return (
    <div className={styles.bar} role="group" aria-label="The chosen cell">
      <span className={styles.place}>
        Row {formatCountExact(position)} of {formatPlural(count, "row")}
      </span>
      <span className={styles.column}>
        <code>{column.name}</code> {column.type}
      </span>
      <span className={styles.value}>{cell.look === "unknown" ? "unknown" : cell.text}</span>
      {cell.look === "plain" && (
        <>
          <Button look="bare" icon={<Maximize2 size={14} aria-hidden="true" />} onClick={onOpen}>
            Open
          </Button>
          <Button look="bare" icon={<Copy size={14} aria-hidden="true" />} onClick={onCopy}>
            Copy
          </Button>
        </>
      )}
    </div>
  );
}
