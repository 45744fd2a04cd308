/** One row of the grid: what it is, what it did, what it cost, and when. */

import { ChevronDown, ChevronRight, CircleDashed, EyeOff, ScrollText } from "lucide-react";
import { memo } from "react";
import { formatCount, formatDuration, formatPlural } from "../../base/format";
import { shortId } from "../../base/ids";
import { kindOf } from "../../base/kinds";
import { KindIcon } from "../../widgets/KindIcon";
import { BilledElsewhere } from "./BilledElsewhere";
import { cellCost } from "./cell_cost";
import styles from "./Grid.module.css";
import { asNanos, at, spanAt } from "./model";
import { plainLine } from "./plain";
import { MADE_FROM_LOG, previewOfSpan, titleOf } from "./preview";
import { RowBars } from "./RowBars";
import { gapParts, medianDuration, type Row } from "./rows";
import type { TimeScale } from "./scale";
import { spokenRow } from "./spoken";
import { costOfNode, costOfSum, type DisplayTree, idOfNode, placeholderOf } from "./tree";

const ROW_PIXELS = 26;
const INDENT_PIXELS = 16;
const INDENT_LEVELS_MAX = 14;

export type RowActions = {
  readonly select: (row: Row) => void;
  readonly toggle: (row: Row) => void;
};

type GridRowProps = {
  readonly row: Row;
  readonly index: number;
  readonly tree: DisplayTree;
  readonly scale: TimeScale;
  readonly active: boolean;
  readonly actions: RowActions;
};

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, index, tree, scale, active, actions } = props;
  const indent = Math.min(row.depth, INDENT_LEVELS_MAX) * INDENT_PIXELS;
  return (
    <div
      role="row"
      id={`row-${row.key}`}
      aria-label={spokenRow(tree, row)}
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-rowindex={index + 1}
      aria-expanded={row.open}
      aria-selected={active}
      className={active ? `${styles.row} ${styles.active}` : styles.row}
      style={{ transform: `translateY(${index * ROW_PIXELS}px)` }}
      onClick={() => actions.select(row)}
      onDoubleClick={() => row.open !== undefined && actions.toggle(row)}
    >
      <div role="gridcell" className={styles.treeCell} style={{ paddingLeft: indent + 6 }}>
        <Chevron row={row} onToggle={() => actions.toggle(row)} />
        {row.depth > INDENT_LEVELS_MAX && <span className={styles.level}>{row.depth}</span>}
        <RowWords row={row} tree={tree} onToggle={() => actions.toggle(row)} />
      </div>
      <div role="gridcell" className={styles.barCell}>
        <RowBars row={row} tree={tree} scale={scale} />
      </div>
    </div>
  );
});

function Chevron({ row, onToggle }: { readonly row: Row; readonly onToggle: () => void }) {
  if (row.open === undefined || row.type === "gap") return <span className={styles.chevron} />;
  const Icon = row.open ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden="true"
      className={styles.chevron}
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
    >
      <Icon size={14} />
    </button>
  );
}

type WordsProps = {
  readonly row: Row;
  readonly tree: DisplayTree;
  readonly onToggle: () => void;
};

function RowWords({ row, tree, onToggle }: WordsProps) {
  switch (row.type) {
    case "gap":
      return <GapWords row={row} tree={tree} onToggle={onToggle} />;
    case "missing":
      return <MissingWords tree={tree} node={row.node} />;
    case "repetition":
      return <RepetitionWords row={row} tree={tree} />;
    case "span":
      return <SpanWords row={row} tree={tree} onToggle={onToggle} />;
  }
}

/** A parent that has not come: dimmed, under the name it was announced with. */
function MissingWords({ tree, node }: { readonly tree: DisplayTree; readonly node: number }) {
  const id = idOfNode(tree, node);
  const name = placeholderOf(tree, node)?.name;
  return (
    <>
      <CircleDashed size={16} className={styles.missingIcon} aria-hidden="true" />
      <span className={name === undefined ? styles.missing : styles.announced} title={id}>
        {name === undefined ? shortId(plainLine(id)) : plainLine(name, 120)}
      </span>
      <span className={styles.preview}>parent not received</span>
    </>
  );
}

function SpanWords({
  row,
  tree,
  onToggle,
}: WordsProps & { readonly row: Extract<Row, { type: "span" }> }) {
  const span = spanAt(tree.model, row.node);
  const kind = kindOf(span.obs_type);
  const failed = span.status === "error";
  const inside = at(tree.sums.errors, row.node) - (failed ? 1 : 0);
  const own = span.usage.input_tokens ?? span.usage.output_tokens;
  const tokens =
    at(tree.sums.tokens, row.node) ||
    (own === undefined ? 0 : (span.usage.input_tokens ?? 0) + (span.usage.output_tokens ?? 0));
  const cost = costOfNode(tree, row.node);
  const folded =
    row.open === false ? `${formatPlural(at(tree.sums.spans, row.node) - 1, "span")}` : "";
  return (
    <>
      <KindIcon kind={kind} size={18} />
      <span className={failed ? styles.failedName : styles.name}>{nameOf(tree, row.node)}</span>
      {row.open === false && inside > 0 && (
        <span className={styles.errors}>{formatPlural(inside, "error")}</span>
      )}
      <span className={failed ? styles.failedPreview : styles.preview}>
        {[folded, previewOfSpan(span)].filter(Boolean).join(" · ")}
      </span>
      {span.origin === "log" && (
        <span className={styles.origin} title={MADE_FROM_LOG}>
          <ScrollText size={12} aria-hidden="true" />
        </span>
      )}
      {span.billed_in !== undefined && <BilledElsewhere traceId={span.billed_in} />}
      {row.gap && (
        <button
          type="button"
          tabIndex={-1}
          className={styles.gapMark}
          aria-label={`Show ${formatPlural(row.gap.length, "hidden span")}`}
          title={`${row.gap.length} hidden · ${gapParts(tree, row.gap)}`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <EyeOff size={11} aria-hidden="true" />
          {row.gap.length}
        </button>
      )}
      <Amounts tokens={tokens} cost={cost} />
    </>
  );
}

function RepetitionWords({
  row,
  tree,
}: {
  readonly row: Extract<Row, { type: "repetition" }>;
  readonly tree: DisplayTree;
}) {
  const kind = kindOf(spanAt(tree.model, row.node).obs_type);
  const errors = row.members.reduce((sum, node) => sum + at(tree.sums.errors, node), 0);
  const tokens = row.members.reduce((sum, node) => sum + at(tree.sums.tokens, node), 0);
  const picoUsd = row.members.reduce((sum, node) => sum + (tree.sums.picoUsd[node] ?? 0n), 0n);
  const bits = row.members.reduce((sum, node) => sum | at(tree.sums.priced, node), 0);
  const median = formatDuration(asNanos(medianDuration(tree, row.members)));
  return (
    <>
      <KindIcon kind={kind} size={18} />
      <span className={errors > 0 ? styles.failedName : styles.name}>{nameOf(tree, row.node)}</span>
      <span className={styles.preview}>
        {[`× ${row.members.length}`, `p50 ${median}`, errors > 0 && formatPlural(errors, "error")]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <Amounts tokens={tokens} cost={costOfSum(picoUsd, bits)} />
    </>
  );
}

function GapWords({
  row,
  tree,
  onToggle,
}: WordsProps & { readonly row: Extract<Row, { type: "gap" }> }) {
  return (
    <>
      <span className={styles.gap}>
        <EyeOff size={12} aria-hidden="true" />
        {row.members.length} {row.open ? "shown" : "hidden"} · {gapParts(tree, row.members)}
      </span>
      <button
        type="button"
        tabIndex={-1}
        className={styles.gapAction}
        onClick={(event) => {
          event.stopPropagation();
          onToggle();
        }}
      >
        {row.open ? "hide" : "show"}
      </button>
    </>
  );
}

type AmountsProps = {
  readonly tokens: number;
  readonly cost: ReturnType<typeof costOfNode>;
};

/** Tokens and cost in their columns; a row without both leaves the room to its preview. */
function Amounts({ tokens, cost }: AmountsProps) {
  if (tokens === 0 && cost.status === "none") return null;
  return (
    <>
      <span className={styles.tokens}>{tokens > 0 ? formatCount(tokens) : ""}</span>
      <span className={cost.status === "no_price" ? styles.noPrice : styles.cost}>
        {cellCost(cost)}
      </span>
    </>
  );
}

function nameOf(tree: DisplayTree, node: number): string {
  return plainLine(titleOf(spanAt(tree.model, node)), 120);
}
