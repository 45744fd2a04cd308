/** The bars of one row on the time axis, with the duration inside or beside. */

import { formatDuration } from "../../base/format";
import { kindColor, kindOf } from "../../base/kinds";
import { barBox, barsPath, labelPlace, RUNNING_PIXELS_MIN, waitOf } from "./bars";
import styles from "./Grid.module.css";
import { asNanos, at, barEnd, durationOf, spanAt, type TraceModel } from "./model";
import type { Row } from "./rows";
import { type TimeScale, xOf } from "./scale";
import { spread } from "./spoken";
import { type DisplayTree, placeholderOf } from "./tree";

const BAR_PIXELS = 14;

type RowBarsProps = {
  readonly row: Row;
  readonly tree: DisplayTree;
  readonly scale: TimeScale;
};

export function RowBars({ row, tree, scale }: RowBarsProps) {
  if (scale.width <= 0 || row.type === "gap") return null;
  if (row.type === "missing") return <AnnouncedBar node={row.node} tree={tree} scale={scale} />;
  if (row.type === "repetition") return <ManyBars row={row} tree={tree} scale={scale} />;
  return <OneBar row={row} tree={tree} scale={scale} />;
}

function OneBar({
  row,
  tree,
  scale,
}: RowBarsProps & { readonly row: Extract<Row, { type: "span" }> }) {
  const { model } = tree;
  const span = spanAt(model, row.node);
  const kind = kindOf(span.obs_type);
  const duration = durationOf(model, row.node);
  const running = duration === undefined;
  const [from, to] = [at(model.start, row.node), barEnd(model, row.node)];
  const box = barBox(scale, from, to, running ? RUNNING_PIXELS_MIN : undefined);
  if (!box) return <Outside before={to < scale.from} />;
  const container = row.open !== undefined && kind !== "llm" && box.width > 24;
  const wait = waitOf(model, row.node);
  const waitX = wait === undefined ? 0 : Math.min(box.width, xOf(scale, from + wait) - box.x);
  const color =
    span.status === "error" && !container ? "var(--error-solid)" : kindColor(kind, "fill");
  const label = running
    ? `${formatDuration(asNanos(to - from))} …`
    : formatDuration(asNanos(duration));
  const place = labelPlace(box, scale.width, container, label);
  const look = [styles.bar, container && styles.container, running && styles.running];
  return (
    <div style={{ "--bar": color } as React.CSSProperties} title={barTitle(model, tree, row.node)}>
      <span
        className={look.filter(Boolean).join(" ")}
        style={{ left: box.x, width: box.width }}
        data-error={span.status === "error" || undefined}
      >
        {waitX > 1.5 && <span className={styles.wait} style={{ width: waitX }} />}
      </span>
      <span className={styles.duration} data-side={place.side} style={{ left: place.x }}>
        {label}
      </span>
    </div>
  );
}

type AnnouncedBarProps = {
  readonly node: number;
  readonly tree: DisplayTree;
  readonly scale: TimeScale;
};

/** From where a parent was announced to the last thing known; nothing where nobody announced it. */
function AnnouncedBar({ node, tree, scale }: AnnouncedBarProps) {
  const known = placeholderOf(tree, node);
  if (known?.pending_span_id === undefined) return null;
  const box = barBox(scale, at(tree.start, node), tree.model.horizon, RUNNING_PIXELS_MIN);
  if (!box) return <Outside before={false} />;
  return (
    <span
      className={`${styles.bar} ${styles.container} ${styles.running}`}
      style={
        {
          left: box.x,
          width: box.width,
          "--bar": kindColor(kindOf(known.obs_type), "fill"),
        } as React.CSSProperties
      }
      title="still running"
    />
  );
}

function ManyBars({
  row,
  tree,
  scale,
}: RowBarsProps & { readonly row: Extract<Row, { type: "repetition" }> }) {
  const { model } = tree;
  const failed = row.members.filter((node) => spanAt(model, node).status === "error");
  const fine = row.members.filter((node) => spanAt(model, node).status !== "error");
  const duration = spread(tree, row.members);
  const from = Math.min(...row.members.slice(0, 1).map((node) => at(model.start, node)));
  const box = barBox(scale, from, from + duration);
  if (!box) return <Outside before={from + duration < scale.from} />;
  const label = formatDuration(asNanos(duration));
  const place = labelPlace(box, scale.width, false, label);
  const kind = kindOf(spanAt(model, row.node).obs_type);
  return (
    <>
      <svg className={styles.many} width={scale.width} height={BAR_PIXELS} aria-hidden="true">
        <path d={barsPath(model, scale, fine, BAR_PIXELS)} fill={kindColor(kind, "fill")} />
        <path d={barsPath(model, scale, failed, BAR_PIXELS)} fill="var(--error-solid)" />
      </svg>
      <span className={styles.duration} data-side={place.side} style={{ left: place.x }}>
        {label}
      </span>
    </>
  );
}

/** Says on which side of the visible window a bar lies. */
function Outside({ before }: { readonly before: boolean }) {
  return (
    <span className={styles.outside} style={before ? { left: 2 } : { right: 2 }}>
      {before ? "‹" : "›"}
    </span>
  );
}

function barTitle(model: TraceModel, tree: DisplayTree, node: number): string {
  const span = spanAt(model, node);
  const duration = durationOf(model, node);
  const wait = waitOf(model, node);
  const lines = [duration === undefined ? "still running" : formatDuration(asNanos(duration))];
  if (wait !== undefined && span.ttft_nanos !== undefined) {
    lines.push(`first token after ${formatDuration(asNanos(wait))}`);
    const seconds = ((duration ?? 0) - wait) / 1e9;
    const tokens = span.usage.output_tokens;
    if (tokens !== undefined && seconds > 0)
      lines.push(`${Math.round(tokens / seconds)} tokens per second`);
  } else if (kindOf(span.obs_type) === "llm") lines.push("TTFT not reported");
  const above = at(tree.parent, node);
  if (above >= 0 && above < model.spans.length) {
    const late = barEnd(model, node) - barEnd(model, above);
    if (late > 0) lines.push(`ends ${formatDuration(asNanos(late))} after its parent`);
    const early = at(model.start, above) - at(model.start, node);
    if (early > 0) lines.push(`starts ${formatDuration(asNanos(early))} before its parent`);
  }
  return lines.join("\n");
}
