/** One row of the table. The name is the link; a click anywhere on the row follows it. */

import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { formatTime } from "../../base/time";
import type { paths } from "../../paths";
import { StatusIcon } from "../../widgets/StatusIcon";
import { timeTitle } from "../../widgets/TimeText";
import { type Row, spokenRow } from "./rows";
import styles from "./TraceTable.module.css";

type TraceRowProps = {
  readonly row: Row;
  readonly link: ReturnType<typeof paths.trace>;
  readonly top: number;
  readonly position: number;
  readonly active: boolean;
  readonly withDay: boolean;
  readonly zone: string;
  readonly onActivate: () => void;
  readonly onOpen: () => void;
};

export const TraceRow = memo(drawRow, sameRow);

function drawRow({
  row,
  link,
  top,
  position,
  active,
  withDay,
  zone,
  onActivate,
  onOpen,
}: TraceRowProps) {
  const follow = (event: React.MouseEvent) => {
    const onLink = (event.target as HTMLElement).closest("a") !== null;
    if (!onLink && getSelection()?.isCollapsed !== false) onOpen();
  };
  return (
    <div
      role="row"
      id={`row-${row.traceId}`}
      aria-rowindex={position}
      aria-selected={active}
      className={styles.row}
      style={{ top }}
      onPointerDown={onActivate}
      onClick={follow}
    >
      <span role="gridcell" className={styles.time}>
        <time dateTime={formatTime(row.start, zone, "iso")} title={timeTitle(row.start, zone)}>
          {withDay && <span className={styles.day}>{formatTime(row.start, zone, "date")} </span>}
          {formatTime(row.start, zone, "clock")}
        </time>
      </span>
      <span role="gridcell" className={styles.status}>
        <StatusIcon status={row.status} />
      </span>
      <span role="gridcell" className={styles.text} title={row.input}>
        <Link {...link} tabIndex={-1} className={styles.name} aria-label={spokenRow(row, zone)}>
          {row.name}
        </Link>
        {row.input && <span className={styles.preview}> {row.input}</span>}
      </span>
      <span
        role="gridcell"
        className={`${styles.text} ${row.outputFailed ? styles.failed : styles.preview}`}
        title={row.output}
      >
        {row.output}
      </span>
      <span role="gridcell" className={styles.duration}>
        <span className={styles.track} aria-hidden="true">
          <span
            className={`${styles.bar} ${row.bar.cut ? styles.cut : ""}`}
            data-status={row.status}
            style={{ width: `${row.bar.share * 100}%` }}
          />
        </span>
        <span className={styles.number}>{row.duration}</span>
      </span>
      <span role="gridcell" className={styles.number}>
        {row.ttft}
      </span>
      <span role="gridcell" className={styles.number} title={row.tokensTitle}>
        {row.tokens}
      </span>
      <span
        role="gridcell"
        className={`${styles.number} ${row.costUnknown ? styles.unknown : styles.cost}`}
        title={row.costTitle}
      >
        {row.cost}
      </span>
    </div>
  );
}

/** Rows are made anew on every draw; equal words need no new drawing. The handlers depend on the position alone. */
function sameRow(before: TraceRowProps, after: TraceRowProps): boolean {
  const { row: a, link: linkBefore, onActivate: _a, onOpen: _b, ...restBefore } = before;
  const { row: b, link: linkAfter, onActivate: _c, onOpen: _d, ...restAfter } = after;
  return same(a, b) && same(restBefore, restAfter) && linkBefore.search === linkAfter.search;
}

function same(a: object, b: object): boolean {
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return Object.keys(left).every((key) => {
    const [x, y] = [left[key], right[key]];
    if (key === "bar") return same(x as object, y as object);
    return x === y;
  });
}
