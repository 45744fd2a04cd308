/** The keys of the trace page: moving over rows, folding, errors, zoom. */

import { useKeys } from "../../widgets/useKeys";
import { at, barEnd } from "./model";
import type { Row } from "./rows";
import { clampWindow, type Window, zoomWindow } from "./scale";
import type { DisplayTree } from "./tree";
import type { TraceViewState } from "./view_state";

const ZOOM_STEP = 0.7;
const PAN_SHARE = 0.2;

type TraceKeys = {
  readonly tree: DisplayTree;
  readonly rows: readonly Row[];
  readonly activeRow: number;
  readonly zoom: Window;
  readonly view: TraceViewState;
  readonly change: (next: Partial<TraceViewState>) => void;
  readonly selectRow: (row: Row | undefined) => void;
  readonly toggleRows: (rows: readonly Row[]) => void;
  readonly goToError: (step: 1 | -1) => void;
  readonly copyLink: () => void;
  readonly copyId: () => void;
  readonly togglePanel: () => void;
  readonly find: () => void;
};

export function useTraceKeys(keys: TraceKeys): void {
  const { tree, rows, activeRow, zoom, view, change, selectRow, toggleRows } = keys;
  const { horizon } = tree.model;
  const row = rows[activeRow];
  const parent = () => selectRow(rows[row?.parentRow ?? -1]);
  const pan = (share: number) => {
    const step = (zoom.to - zoom.from) * share;
    change({ zoom: clampWindow({ from: zoom.from + step, to: zoom.to + step }, horizon) });
  };
  const zoomBy = (factor: number) => {
    const middle = (zoom.from + zoom.to) / 2;
    change({ zoom: zoomWindow(zoom, factor, middle, horizon) });
  };
  useKeys({
    spanNext: () => selectRow(rows[Math.min(activeRow + 1, rows.length - 1)]),
    spanPrevious: () => selectRow(rows[Math.max(activeRow - 1, 0)]),
    spanFirst: () => selectRow(rows[0]),
    spanLast: () => selectRow(rows.at(-1)),
    spanOpen: (event) => {
      if (event.shiftKey) return pan(PAN_SHARE);
      if (!row) return;
      const closed = row.open === false || (row.type === "span" && row.gap !== undefined);
      if (closed) toggleRows([row]);
      else if (row.open === true && rows[activeRow + 1]?.parentRow === activeRow) {
        selectRow(rows[activeRow + 1]);
      }
    },
    spanClose: (event) => {
      if (event.shiftKey) return pan(-PAN_SHARE);
      if (row?.open === true) toggleRows([row]);
      else parent();
    },
    spanParent: parent,
    spanOpenSiblings: () => {
      if (!row) return;
      toggleRows(rows.filter((other) => other.parentRow === row.parentRow && other.open === false));
    },
    errorNext: () => keys.goToError(1),
    errorPrevious: () => keys.goToError(-1),
    noise: () => change({ noiseShown: !view.noiseShown }),
    zoomSpan: () => {
      if (row && "node" in row && row.node < tree.model.spans.length) {
        change({ zoom: windowAround(tree, row) });
      }
    },
    zoomAll: () => change({ zoom: undefined }),
    zoomIn: () => zoomBy(ZOOM_STEP),
    zoomOut: () => zoomBy(1 / ZOOM_STEP),
    logs: () => change({ tab: "logs" }),
    copyId: keys.copyId,
    copyLink: keys.copyLink,
    togglePanel: keys.togglePanel,
    find: keys.find,
    close: () => {
      if (view.row !== undefined) change({ row: undefined });
      else if (view.zoom !== undefined) change({ zoom: undefined });
    },
  });
}

/** The time of a row with a little air on both sides. */
function windowAround(tree: DisplayTree, row: Extract<Row, { readonly node: number }>): Window {
  const { model } = tree;
  const members = row.type === "repetition" ? row.members : [row.node];
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const member of members) {
    from = Math.min(from, at(model.start, member));
    to = Math.max(to, barEnd(model, member));
  }
  const air = Math.max((to - from) * 0.05, 500);
  return clampWindow({ from: from - air, to: to + air }, model.horizon);
}
