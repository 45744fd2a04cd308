/** The panel of a large trace: its tree is there at once, the content of a span when it is selected. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { queries } from "../../api/queries";
import type { SpanContent } from "../../api/types";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { Waiting } from "../../widgets/Waiting";
import { spanAt } from "./model";
import { Panel, type PanelProps } from "./Panel";
import styles from "./Panel.module.css";
import { PanelHeader } from "./PanelHeader";
import type { DisplayTree } from "./tree";

type ApartPanelProps = Omit<PanelProps, "logs"> & {
  /** Whether the selection has come to rest: what is passed over is not asked for. */
  readonly settled: boolean;
};

export function ApartPanel({ settled, ...props }: ApartPanelProps) {
  const { project, tree, spanId, row } = props;
  const node = tree.model.indexOfId.get(spanId ?? "");
  const isSpan = node !== undefined && (row === undefined || row.type === "span");
  const traceId = isSpan ? spanAt(tree.model, node).trace_id : "";
  const read = useQuery({
    ...queries.span(project, traceId, spanId ?? ""),
    enabled: settled && isSpan,
    structuralSharing: false,
  });
  const content = isSpan ? read.data : undefined;
  const filled = useMemo(() => filledTree(tree, node, content), [tree, node, content]);
  if (!isSpan) return <Panel {...props} logs={[]} />;
  if (content !== undefined) return <Panel {...props} tree={filled} logs={content.logs} />;
  return (
    <>
      <PanelHeader project={project} tree={tree} node={node} />
      {read.error ? (
        <ErrorPanel error={read.error} doing="load the span" onRetry={() => read.refetch()} />
      ) : (
        <div className={styles.waiting}>
          <Waiting key={spanId} what="the span" />
        </div>
      )}
    </>
  );
}

/** The same tree with one span's content in its place. */
function filledTree(
  tree: DisplayTree,
  node: number | undefined,
  content: SpanContent | undefined,
): DisplayTree {
  if (node === undefined || content === undefined) return tree;
  return { ...tree, model: { ...tree.model, spans: tree.model.spans.with(node, content.span) } };
}
