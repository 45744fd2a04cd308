/** The table: a window of rows over all that is loaded, and the next page as one scrolls. */

import { useLayoutEffect, useRef } from "react";
import type { TraceSummary } from "../../api/types";
import type { TraceSort } from "../../base/search";
import { nowNanos } from "../../base/time";
import type { paths } from "../../paths";
import { scrollToRow, useRowWindow } from "../../widgets/useRowWindow";
import { useZone } from "../../widgets/useSettings";
import { barScale, daysNeeded, rowOf } from "./rows";
import { TableHead } from "./TableHead";
import { TraceRow } from "./TraceRow";
import styles from "./TraceTable.module.css";

/** Rows from the loaded end at which the next page is asked for. */
const AHEAD_ROWS = 40;

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
