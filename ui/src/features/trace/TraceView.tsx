/** One trace: header, facts, the grid of its spans, and the panel of the selected one. */

import { useRouter } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import type { StreamState } from "../../api/stream";
import type { ShownTrace } from "../../api/types";
import { paths } from "../../paths";
import { Boundary } from "../../widgets/Boundary";
import { Splitter } from "../../widgets/Splitter";
import { copyAndSay } from "../../widgets/toast";
import { usePanelSize } from "../../widgets/usePanelSize";
import { ApartPanel } from "./ApartPanel";
import { FactsLine } from "./FactsLine";
import { FindBox } from "./FindBox";
import { Grid } from "./Grid";
import { Minimap } from "./Minimap";
import { modelOfSpans } from "./model";
import { errorBeside, openingSpan } from "./opening";
import { Panel } from "./Panel";
import { keysAbove, openedGaps, type Row, visibleRows } from "./rows";
import type { Window } from "./scale";
import { Toolbar } from "./Toolbar";
import { TraceHeader } from "./TraceHeader";
import styles from "./TraceView.module.css";
import { type DisplayTree, displayTree, idOfNode } from "./tree";
import { useFind } from "./useFind";
import { useSettled } from "./useSettled";
import { useTraceKeys } from "./useTraceKeys";
import { useTraceView } from "./useTraceView";
import { flip, searchOfView, type TraceViewState } from "./view_state";

const PANEL_PIXELS = 452;
/** A key held down moves on faster than this. */
const SETTLE_MS = 120;

type TraceViewProps = {
  readonly project: string;
  readonly detail: ShownTrace;
  readonly live: StreamState;
  readonly onRefresh: () => void;
};

export function TraceView({ project, detail, live, onRefresh }: TraceViewProps) {
  const { trace, spans, placeholders, logs } = detail;
  const model = useMemo(() => modelOfSpans(spans, placeholders), [spans, placeholders]);
  const { view, change } = useTraceView(model.horizon, (asked) => {
    const tree = displayTree(model, treeOptions(asked));
    return opened(tree, asked, openingSpan(tree, asked.span, trace.root_span_id));
  });
  const tree = useDisplayTree(model, view);
  const rows = useMemo(() => visibleRows(tree, view.toggled), [tree, view.toggled]);
  const rowOfKey = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const activeRow = rowOfKey.get(view.row ?? view.span ?? "") ?? -1;
  const zoom = useMemo<Window>(
    () => view.zoom ?? { from: 0, to: model.horizon },
    [view.zoom, model],
  );
  const [panelShown, setPanelShown] = useState(true);
  const [panelWidth, setPanelWidth] = usePanelSize("trace.span", PANEL_PIXELS);
  const router = useRouter();
  const rootType = spans.find(({ span_id }) => span_id === trace.root_span_id)?.obs_type;

  const selectRow = (row: Row | undefined) => {
    if (!row) return;
    if (row.type === "span") change({ span: idOfNode(tree, row.node), row: undefined });
    else change({ row: row.key });
  };
  const toggleRows = (toggle: readonly Row[]) => {
    const keys = toggle.flatMap((row) => foldKeyOf(tree, row, view.toggled));
    change({ toggled: flip(view.toggled, keys) });
  };
  const selectSpan = (id: string) => {
    const node = model.indexOfId.get(id);
    if (node === undefined) return;
    const keys = keysAbove(
      displayTree(model, { ...treeOptions(view), selectedId: id }),
      node,
      view.toggled,
    );
    change({ span: id, row: undefined, toggled: flip(view.toggled, keys) });
  };
  const goToError = (step: 1 | -1) => {
    const node = errorBeside(tree, model.indexOfId.get(view.span ?? ""), step);
    if (node !== undefined) selectSpan(idOfNode(tree, node));
  };
  const find = useFind(model, view.find, view.span, selectSpan);
  const link = () => {
    const address = paths.trace(project, trace.trace_id, searchOfView(view, model.horizon));
    return new URL(router.buildLocation(address).href, location.href).href;
  };
  const copyLink = () => copyAndSay(link(), "the link");
  const onZoom = useCallback((next: Window) => change({ zoom: next }), [change]);

  // Rows are drawn once for many selections: what they call must not change with each.
  const calls = useLatest({ selectRow, toggleRows });
  const actions = useMemo(
    () => ({
      select: (row: Row) => calls().selectRow(row),
      toggle: (row: Row) => calls().toggleRows([row]),
    }),
    [calls],
  );

  useTraceKeys({
    tree,
    rows,
    activeRow,
    zoom,
    view,
    change,
    selectRow,
    toggleRows,
    goToError,
    copyLink,
    copyId: () => copyAndSay(view.span ?? trace.trace_id, "the id"),
    togglePanel: () => setPanelShown(!panelShown),
    find: find.focus,
  });

  const shownSpan = useDeferredValue(view.span);
  const settledSpan = useSettled(view.span, SETTLE_MS);
  const shownRow = useDeferredValue(view.row === undefined ? undefined : rows[activeRow]);
  const panel = {
    project,
    tree,
    spanId: shownSpan,
    row: shownRow,
    tab: view.tab,
    onTab: (tab: string) => change({ tab }),
    onSpan: selectSpan,
  };
  return (
    <div className={styles.page}>
      <TraceHeader
        project={project}
        trace={trace}
        rootType={rootType}
        live={live}
        onCopyLink={copyLink}
        onRefresh={onRefresh}
      />
      <FactsLine trace={trace} tree={tree} leftOut={detail.leftOut} />
      <div className={styles.body}>
        <div className={styles.main}>
          <Toolbar
            tree={tree}
            view={view}
            onNoise={() => change({ noiseShown: !view.noiseShown })}
            onError={() => goToError(1)}
            onWhole={() => change({ zoom: undefined })}
            panelShown={panelShown}
            onPanel={() => setPanelShown(!panelShown)}
            find={
              <FindBox
                input={find.input}
                text={view.find}
                onText={(text) => change({ find: text })}
                count={find.count}
                place={find.place}
                onStep={find.step}
              />
            }
          />
          <Minimap tree={tree} rows={rows} window={zoom} onZoom={onZoom} />
          <Grid
            tree={tree}
            rows={rows}
            activeRow={activeRow}
            window={zoom}
            onZoom={onZoom}
            actions={actions}
          />
        </div>
        {panelShown && (
          <>
            <Splitter
              label="Width of the span panel"
              size={panelWidth}
              min={320}
              max={900}
              sizes="after"
              onSize={setPanelWidth}
            />
            <aside aria-label="Span" className={styles.panel} style={{ width: panelWidth }}>
              <Boundary key={shownRow?.key ?? shownSpan} doing="show this span">
                {detail.apart ? (
                  <ApartPanel {...panel} settled={settledSpan === shownSpan} />
                ) : (
                  <Panel {...panel} logs={logs} />
                )}
              </Boundary>
            </aside>
          </>
        )}
      </div>
    </div>
  );
}

function treeOptions(view: TraceViewState) {
  return {
    noiseShown: view.noiseShown,
    gapsOpened: openedGaps(view.toggled),
    selectedId: view.span,
  };
}

/** Selects a span and opens what would hide it. */
function opened(tree: DisplayTree, view: TraceViewState, span: string | undefined): TraceViewState {
  const node = tree.model.indexOfId.get(span ?? "");
  if (span === undefined || node === undefined) return { ...view, span: undefined };
  return { ...view, span, toggled: flip(view.toggled, keysAbove(tree, node, view.toggled)) };
}

/** The tree for a view; a selection costs a new one only when it shows or hides plumbing. */
function useDisplayTree(model: DisplayTree["model"], view: TraceViewState): DisplayTree {
  const node = model.indexOfId.get(view.span ?? "");
  const span = node === undefined ? undefined : model.spans[node];
  const forcing = span !== undefined && span.visibility !== undefined && span.visibility !== "app";
  const selectedId = forcing ? view.span : undefined;
  const gaps = [...openedGaps(view.toggled)].sort().join(",");
  return useMemo(
    () =>
      displayTree(model, {
        noiseShown: view.noiseShown,
        gapsOpened: new Set(gaps ? gaps.split(",") : []),
        selectedId,
      }),
    [model, view.noiseShown, gaps, selectedId],
  );
}

/** The keys that open or close a row; a gap is known by any of its members. */
function foldKeyOf(tree: DisplayTree, row: Row, toggled: ReadonlySet<string>): string[] {
  const members = row.type === "gap" ? row.members : row.type === "span" ? row.gap : undefined;
  if (members === undefined) {
    if (row.open === undefined) return [];
    return [row.type === "missing" ? idOfNode(tree, row.node) : row.key];
  }
  const keys = members.map((member) => `g${idOfNode(tree, member)}`);
  const open = keys.filter((key) => toggled.has(key));
  return open.length > 0 ? open : keys.slice(0, 1);
}

function useLatest<T>(value: T): () => T {
  const [holder] = useState({ value });
  holder.value = value;
  return useCallback(() => holder.value, [holder]);
}
