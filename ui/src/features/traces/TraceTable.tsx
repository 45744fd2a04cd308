/** The table: a window of rows over all that is loaded, and the next page as one scrolls. */

import { useLayoutEffect, useRef, useState } from "react";
import type { TraceSummary } from "../../api/types";
import type { TraceSort } from "../../base/search";
import { nowNanos } from "../../base/time";
import { type RowWindow, windowOf } from "../../base/window";
import type { paths } from "../../paths";
import { useZone } from "../../widgets/useSettings";
import { barScale, daysNeeded, rowOf } from "./rows";
import { TableHead } from "./TableHead";
import { TraceRow } from "./TraceRow";
import styles from "./TraceTable.module.css";

/** Rows from the loaded end at which the next page is asked for. */
const AHEAD_ROWS = 40;
const OVERSCAN_ROWS = 12;

type TraceTableProps = {
  readonly traces: readonly TraceSummary[];
  readonly firstPage: readonly TraceSummary[];
  readonly total?: number;
  readonly active: number;
  readonly sort: TraceSort;
  readonly dimmed: boolean;
  /** What the rows are; another list, or news on top, is read from its start. */
  readonly reading: string;
  readonly onSort: (sort: TraceSort) => void;
  readonly onActivate: (index: number) => void;
  readonly onNearEnd: () => void;
  readonly onOpen: (index: number) => void;
  readonly linkOf: (trace: TraceSummary) => ReturnType<typeof paths.trace>;
  /** What stands below the last loaded row. */
  readonly tail?: React.ReactNode;
};

export function TraceTable(props: TraceTableProps) {
  const { traces, firstPage, total, active, sort, dimmed, onNearEnd } = props;
  const zone = useZone();
  const scroller = useRef<HTMLDivElement>(null);
  const { rowHeight, shown, onScroll } = useRowWindow(scroller, traces.length);
  const scale = barScale(firstPage);
  const withDay = daysNeeded(traces, nowNanos(), zone);

  useLayoutEffect(() => {
    if (shown.end >= traces.length - AHEAD_ROWS) onNearEnd();
  }, [shown.end, traces.length, onNearEnd]);

  const readingBefore = useRef(props.reading);
  useLayoutEffect(() => {
    // Dimmed rows are still those of the list before.
    if (dimmed || readingBefore.current === props.reading) return;
    readingBefore.current = props.reading;
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [props.reading, dimmed]);

  useLayoutEffect(() => {
    if (active >= 0) scrollToRow(scroller.current, active, rowHeight);
  }, [active, rowHeight]);

  return (
    <div
      ref={scroller}
      className={`${styles.scroller} ${withDay ? styles.withDay : ""} ${dimmed ? styles.dimmed : ""}`}
      onScroll={onScroll}
      tabIndex={0}
      role="grid"
      aria-label="Traces"
      aria-rowcount={(total ?? traces.length) + 1}
      aria-activedescendant={active >= 0 ? `row-${traces[active]?.trace_id}` : undefined}
    >
      <TableHead sort={sort} onSort={props.onSort} />
      <div role="rowgroup" className={styles.body} style={{ height: traces.length * rowHeight }}>
        {traces.slice(shown.first, shown.end).map((trace, i) => (
          <TraceRow
            key={trace.trace_id}
            row={rowOf(trace, scale)}
            link={props.linkOf(trace)}
            top={(shown.first + i) * rowHeight}
            position={shown.first + i + 2}
            active={shown.first + i === active}
            withDay={withDay}
            zone={zone}
            onActivate={() => props.onActivate(shown.first + i)}
            onOpen={() => props.onOpen(shown.first + i)}
          />
        ))}
      </div>
      {props.tail}
    </div>
  );
}

/** Follows the scroll position; draws again only when the window moves by a row. */
function useRowWindow(scroller: React.RefObject<HTMLDivElement | null>, rowCount: number) {
  const [view, setView] = useState({ scrollTop: 0, viewHeight: 900, rowHeight: 28 });
  const measure = () => {
    const element = scroller.current;
    if (!element) return;
    const rowHeight = Number.parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 28;
    const scrollTop = Math.floor(element.scrollTop / rowHeight) * rowHeight;
    setView((before) =>
      before.scrollTop === scrollTop &&
      before.viewHeight === element.clientHeight &&
      before.rowHeight === rowHeight
        ? before
        : { scrollTop, viewHeight: element.clientHeight, rowHeight },
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured once and on every resize.
  useLayoutEffect(() => {
    measure();
    const watcher = new ResizeObserver(measure);
    if (scroller.current) watcher.observe(scroller.current);
    return () => watcher.disconnect();
  }, []);
  const shown: RowWindow = windowOf({ ...view, rowCount, overscan: OVERSCAN_ROWS });
  return { rowHeight: view.rowHeight, shown, onScroll: measure };
}

/** Scrolls as little as it takes to show a row below the sticky head. */
function scrollToRow(element: HTMLDivElement | null, index: number, rowHeight: number): void {
  if (!element) return;
  const top = index * rowHeight;
  const bottom = top + 2 * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) {
    element.scrollTop = bottom - element.clientHeight;
  }
}
