/** The aligned grid: tree at left, waterfall at right, the same rows, one scroll. */

import { memo, useEffect, useMemo, useRef } from "react";
import { Splitter } from "../../widgets/Splitter";
import { usePanelSize } from "../../widgets/usePanelSize";
import { costColumnPixels } from "./cell_cost";
import styles from "./Grid.module.css";
import { GridRow, type RowActions } from "./GridRow";
import type { Row } from "./rows";
import { type TimeScale, ticksOf, type Window, zoomWindow } from "./scale";
import type { DisplayTree } from "./tree";
import { useWindow } from "./useWindow";

export const ROW_PIXELS = 26;
const WATERFALL_MARGIN = 14;
const WATERFALL_MIN = 180;
/** Below this the names need the room of the numbers, which the panel shows too. */
const AMOUNTS_PIXELS_MIN = 300;
const TREE_PIXELS = 378;

type GridProps = {
  readonly tree: DisplayTree;
  readonly rows: readonly Row[];
  readonly activeRow: number;
  readonly window: Window;
  readonly onZoom: (window: Window) => void;
  readonly actions: RowActions;
};

export const Grid = memo(function Grid(props: GridProps) {
  const { tree, rows, activeRow, window, onZoom, actions } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [treeWanted, setTreeWidth] = usePanelSize("trace.tree", TREE_PIXELS);
  const { from, to, width, height } = useWindow(scroller, ROW_PIXELS, rows);
  // A narrow window takes from the tree first, so that the bars stay in sight.
  const treeMax = Math.max(160, (width || 1000) - WATERFALL_MIN);
  const treeWidth = Math.min(treeWanted, treeMax);
  const waterfall = Math.max(0, width - treeWidth - WATERFALL_MARGIN);
  const scale = useMemo<TimeScale>(() => ({ ...window, width: waterfall }), [window, waterfall]);
  const ticks = ticksOf(scale);
  const costPixels = useMemo(() => costColumnPixels(tree), [tree]);
  useScrollTo(scroller, activeRow, height > 0);
  useWheelZoom(scroller, treeWidth, scale, tree.model.horizon, onZoom);

  return (
    <div
      className={styles.grid}
      data-narrow={treeWidth < AMOUNTS_PIXELS_MIN || undefined}
      style={{ "--tree": `${treeWidth}px`, "--cost": `${costPixels}px` } as React.CSSProperties}
    >
      <div className={styles.head} aria-hidden="true">
        <div className={styles.headTree}>
          <span>Span</span>
          <span className={styles.tokens}>tokens</span>
          <span className={styles.cost}>cost</span>
        </div>
        <div className={styles.axis}>
          {ticks.map(({ offset, x, label }) => (
            <span key={offset} style={{ left: x }}>
              {label}
            </span>
          ))}
        </div>
      </div>
      <div className={styles.lines} aria-hidden="true">
        {ticks.map(({ offset, x }) => (
          <i key={offset} style={{ left: x }} />
        ))}
      </div>
      <div className={styles.split} style={{ left: treeWidth }}>
        <Splitter
          label="Width of the tree"
          size={treeWidth}
          min={160}
          max={treeMax}
          sizes="before"
          onSize={setTreeWidth}
        />
      </div>
      <div
        ref={scroller}
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length}
        aria-colcount={2}
        aria-activedescendant={rows[activeRow] && `row-${rows[activeRow].key}`}
        tabIndex={0}
        className={styles.scroller}
      >
        <div role="presentation" style={{ height: rows.length * ROW_PIXELS }}>
          {rows.slice(from, to).map((row, place) => (
            <GridRow
              key={row.key}
              row={row}
              index={from + place}
              tree={tree}
              scale={scale}
              active={from + place === activeRow}
              actions={actions}
            />
          ))}
        </div>
      </div>
    </div>
  );
});

/** Brings the active row into sight when it changes, and only then. */
function useScrollTo(
  scroller: React.RefObject<HTMLDivElement | null>,
  row: number,
  measured: boolean,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a refetch must not move what is being read.
  useEffect(() => {
    const box = scroller.current;
    if (!box || row < 0 || !measured) return;
    const top = row * ROW_PIXELS;
    const margin = Math.min(2 * ROW_PIXELS, box.clientHeight / 4);
    if (top < box.scrollTop + margin) box.scrollTop = top - margin;
    else if (top + ROW_PIXELS > box.scrollTop + box.clientHeight - margin) {
      box.scrollTop = top + ROW_PIXELS - box.clientHeight + margin;
    }
  }, [row, measured]);
}

/** Zooms around the pointer with ctrl or cmd and the wheel, or a pinch. */
function useWheelZoom(
  scroller: React.RefObject<HTMLDivElement | null>,
  treeWidth: number,
  scale: TimeScale,
  horizon: number,
  onZoom: (window: Window) => void,
): void {
  useEffect(() => {
    const box = scroller.current;
    const onWheel = (event: WheelEvent) => {
      const x = event.clientX - (box?.getBoundingClientRect().left ?? 0) - treeWidth;
      if (!(event.ctrlKey || event.metaKey) || x < 0 || scale.width <= 0) return;
      event.preventDefault();
      const around = scale.from + (x / scale.width) * (scale.to - scale.from);
      onZoom(zoomWindow(scale, Math.exp(event.deltaY / 300), around, horizon));
    };
    // React listens passively to the wheel; zooming must keep the browser from zooming the page.
    box?.addEventListener("wheel", onWheel, { passive: false });
    return () => box?.removeEventListener("wheel", onWheel);
  }, [scroller, treeWidth, scale, horizon, onZoom]);
}
