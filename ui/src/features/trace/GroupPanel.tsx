/** What a row holds that is no span: the spans of a repetition or a gap, or a parent that never came. */

import { formatDuration, formatPlural } from "../../base/format";
import { kindOf } from "../../base/kinds";
import { KindIcon } from "../../widgets/KindIcon";
import { StatusIcon } from "../../widgets/StatusIcon";
import { MissingPanel } from "./MissingPanel";
import { asNanos, at, durationOf, spanAt } from "./model";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";
import { previewOfSpan, titleOf } from "./preview";
import { gapParts, medianDuration, type Row } from "./rows";
import type { DisplayTree } from "./tree";

/** More would not be read; the grid shows them all. */
const LISTED_MAX = 100;

type GroupPanelProps = {
  readonly tree: DisplayTree;
  readonly row: Exclude<Row, { readonly type: "span" }>;
  readonly onSpan: (id: string) => void;
};

export function GroupPanel({ tree, row, onSpan }: GroupPanelProps) {
  if (row.type === "missing") return <MissingPanel tree={tree} node={row.node} onSpan={onSpan} />;
  const first = row.members[0] ?? 0;
  const title =
    row.type === "gap"
      ? `${formatPlural(row.members.length, "span")} of plumbing`
      : titleOf(spanAt(tree.model, first));
  const facts =
    row.type === "gap"
      ? gapParts(tree, row.members)
      : `× ${row.members.length} · p50 ${formatDuration(asNanos(medianDuration(tree, row.members)))}`;
  return (
    <div className={styles.content}>
      <div className={styles.title}>
        {row.type === "repetition" && (
          <KindIcon kind={kindOf(spanAt(tree.model, first).obs_type)} size={18} />
        )}
        <h2>{plainLine(title, 120)}</h2>
        <span className={styles.aside}>{facts}</span>
      </div>
      <ol className={styles.members}>
        {row.members.slice(0, LISTED_MAX).map((node) => {
          const span = spanAt(tree.model, node);
          return (
            <li key={span.span_id}>
              <button type="button" onClick={() => onSpan(span.span_id)}>
                <StatusIcon status={span.status} size={13} />
                <span className={styles.memberStart}>
                  +{formatDuration(asNanos(at(tree.model.start, node)))}
                </span>
                <span className={styles.memberName}>
                  {row.type === "gap" && <b>{plainLine(titleOf(span), 80)} </b>}
                  {previewOfSpan(span)}
                </span>
                <span>{formatDuration(asNanos(durationOf(tree.model, node)))}</span>
              </button>
            </li>
          );
        })}
      </ol>
      {row.members.length > LISTED_MAX && (
        <p className={styles.muted}>
          {formatPlural(row.members.length - LISTED_MAX, "more span")} in the tree.
        </p>
      )}
    </div>
  );
}
