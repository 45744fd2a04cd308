/** One row of an answer, as far as its columns are in sight. */

import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { shortId } from "../../base/ids";
import type { JsonObject } from "../../base/json";
import { paths } from "../../paths";
import { cellOf, targetOf } from "./cells";
import type { GridColumn } from "./columns";
import styles from "./ResultGrid.module.css";

type GridRowProps = {
  readonly project: string;
  readonly row: JsonObject;
  readonly index: number;
  readonly columns: readonly GridColumn[];
  /** The columns in sight, as a half-open range. */
  readonly first: number;
  readonly end: number;
  /** The column of the active cell; -1 in every other row. */
  readonly active: number;
  readonly height: number;
  readonly zone: string;
  readonly onActivate: (row: number, column: number) => void;
  readonly onOpen: (row: number, column: number) => void;
};

export const cellId = (row: number, column: number) => `cell-${row}-${column}`;

// The handlers depend on the position alone.
export const GridRow = memo(drawRow, (before, after) =>
  (
    ["project", "row", "index", "columns", "first", "end", "active", "height", "zone"] as const
  ).every((name) => before[name] === after[name]),
);

function drawRow(props: GridRowProps) {
  const { row, index, columns, first, end, active, height } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active >= 0}
      className={styles.row}
      style={{ top: index * height }}
    >
      {columns.slice(first, end).map((column, i) => (
        <GridCell
          key={column.name}
          {...props}
          column={column}
          at={first + i}
          link={targetOf(row, column)}
        />
      ))}
    </div>
  );
}

type GridCellProps = GridRowProps & {
  readonly column: GridColumn;
  readonly at: number;
  readonly link: ReturnType<typeof targetOf>;
};

function GridCell({ project, row, index, column, at, active, zone, link, ...on }: GridCellProps) {
  const cell = cellOf(row[column.name], column, zone, column.millis);
  return (
    <span
      role="gridcell"
      id={cellId(index, at)}
      aria-colindex={at + 1}
      aria-label={cell.look === "unknown" ? `${column.name} unknown` : undefined}
      data-active={active === at || undefined}
      className={`${styles.cell} ${styles[column.kind]} ${styles[cell.look]}`}
      style={{ gridColumn: at + 1 }}
      title={cell.title || undefined}
      onPointerDown={() => on.onActivate(index, at)}
      onDoubleClick={() => on.onOpen(index, at)}
    >
      {link ? (
        <Link
          {...paths.trace(project, link.traceId, { span: link.spanId })}
          className={styles.id}
          tabIndex={-1}
        >
          {shortId(cell.text)}
        </Link>
      ) : (
        cell.text
      )}
    </span>
  );
}
