/** The rows of an answer: those and the columns in sight are drawn, each cell is reached by key. */

import { useNavigate } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { SqlAnswer } from "../../api/parse_sql";
import { paths } from "../../paths";
import { copyAndSay } from "../../widgets/toast";
import { useKeys } from "../../widgets/useKeys";
import { scrollToRow, useRowWindow } from "../../widgets/useRowWindow";
import { useZone } from "../../widgets/useSettings";
import { CellBar } from "./CellBar";
import { CellDialog } from "./CellDialog";
import { plainText, targetOf } from "./cells";
import { columnsInView, gridColumns, widthOf } from "./columns";
import { cellId, GridRow } from "./GridRow";
import styles from "./ResultGrid.module.css";

/** The view moves by steps of this many pixels, so that few scrolls draw anew. */
const SCROLL_STEP = 64;

type Place = { readonly row: number; readonly column: number };

export function ResultGrid({
  project,
  answer,
}: {
  readonly project: string;
  readonly answer: SqlAnswer;
}) {
  const { rows } = answer;
  const zone = useZone();
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => gridColumns(answer, zone), [answer, zone]);
  const { rowHeight, shown, onScroll: onScrollRows } = useRowWindow(scroller, rows.length);
  const [across, onScrollColumns] = useColumnWindow(scroller);
  const drawn = columnsInView(columns, across);
  const [active, setActive] = useState<Place>();
  const [opened, setOpened] = useState<Place>();

  // Another answer is read from its start.
  useEffect(() => {
    if (!answer) return;
    setActive(undefined);
    scroller.current?.scrollTo(0, 0);
  }, [answer]);

  const go = (row: number, column: number) => {
    // Where the focus is, there the active cell is spoken, and Enter opens it.
    scroller.current?.focus({ preventScroll: true });
    setActive({
      row: Math.min(Math.max(row, 0), rows.length - 1),
      column: Math.min(Math.max(column, 0), columns.length - 1),
    });
  };
  const { row: atRow, column: atColumn } = active ?? { row: -1, column: 0 };
  useLayoutEffect(() => {
    const column = columns[atColumn];
    if (atRow < 0 || !column) return;
    scrollToRow(scroller.current, atRow, rowHeight);
    scrollToColumn(scroller.current, column.left, column.width);
  }, [atRow, atColumn, columns, rowHeight]);

  const navigate = useNavigate();
  const valueAt = (place: Place) => rows[place.row]?.[columns[place.column]?.name ?? ""];
  const open = (place: Place | undefined) => {
    const [row, column] = [rows[place?.row ?? -1], columns[place?.column ?? 0]];
    if (!place || !row || !column) return;
    const target = targetOf(row, column);
    if (target) navigate(paths.trace(project, target.traceId, { span: target.spanId }));
    else setOpened(place);
  };
  const copy = (place: Place) =>
    copyAndSay(plainText(valueAt(place)), columns[place.column]?.name ?? "the cell");

  useKeys({
    rowNext: () => go(atRow + 1, atColumn),
    rowPrevious: () => go(atRow - 1, atColumn),
    rowFirst: () => go(0, atColumn),
    rowLast: () => go(rows.length - 1, atColumn),
    cellNext: () => go(atRow, active ? atColumn + 1 : 0),
    cellPrevious: () => go(atRow, atColumn - 1),
    rowOpen: () => open(active),
    cellCopy: () => active && copy(active),
  });

  return (
    <>
      <div
        ref={scroller}
        className={styles.scroller}
        style={{ "--columns": columns.map(({ width }) => `${width}px`).join(" ") } as object}
        onScroll={() => {
          onScrollRows();
          onScrollColumns();
        }}
        tabIndex={0}
        role="grid"
        aria-label="Answer"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={active && cellId(active.row, active.column)}
      >
        <div role="rowgroup" className={styles.head} style={{ width: widthOf(columns) }}>
          <div role="row" aria-rowindex={1} className={styles.row}>
            {columns.slice(drawn.first, drawn.end).map((column, i) => (
              <span
                key={column.name}
                role="columnheader"
                aria-colindex={drawn.first + i + 1}
                className={`${styles.cell} ${styles[column.kind]}`}
                style={{ gridColumn: drawn.first + i + 1 }}
                title={`${column.name}\n${column.type}`}
              >
                {column.name}
              </span>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className={styles.body}
          style={{ height: rows.length * rowHeight, width: widthOf(columns) }}
        >
          {rows.slice(shown.first, shown.end).map((row, i) => (
            <GridRow
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no other identity.
              key={shown.first + i}
              project={project}
              row={row}
              index={shown.first + i}
              columns={columns}
              first={drawn.first}
              end={drawn.end}
              active={shown.first + i === atRow ? atColumn : -1}
              height={rowHeight}
              zone={zone}
              onActivate={go}
              onOpen={(row, column) => setOpened({ row, column })}
            />
          ))}
        </div>
      </div>
      {active && (
        <CellBar
          column={columns[active.column]}
          position={active.row + 1}
          count={rows.length}
          value={valueAt(active)}
          zone={zone}
          onOpen={() => setOpened(active)}
          onCopy={() => copy(active)}
        />
      )}
      {opened && (
        <CellDialog
          column={columns[opened.column]}
          value={valueAt(opened)}
          zone={zone}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  );
}

/** Which part of the width is in sight, in whole steps. */
function useColumnWindow(scroller: React.RefObject<HTMLDivElement | null>) {
  const [view, setView] = useState({ left: 0, width: 2000 });
  const measure = () => {
    const element = scroller.current;
    if (!element) return;
    const left = Math.floor(element.scrollLeft / SCROLL_STEP) * SCROLL_STEP;
    const width = element.clientWidth + SCROLL_STEP;
    setView((before) =>
      before.left === left && before.width === width ? before : { left, width },
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured once and on every resize.
  useLayoutEffect(() => {
    measure();
    const watcher = new ResizeObserver(measure);
    if (scroller.current) watcher.observe(scroller.current);
    return () => watcher.disconnect();
  }, []);
  return [view, measure] as const;
}

function scrollToColumn(element: HTMLDivElement | null, left: number, width: number): void {
  if (!element) return;
  if (left < element.scrollLeft) element.scrollLeft = left;
  else if (left + width > element.scrollLeft + element.clientWidth) {
    element.scrollLeft = left + width - element.clientWidth;
  }
}
