/** The whole trace in forty pixels, with the visible window; drag to choose, wheel to zoom. */

import { memo, type PointerEvent, useEffect, useRef, useState } from "react";
import { kindOf } from "../../base/kinds";
import { at, barEnd, spanAt } from "./model";
import type { Row } from "./rows";
import { clampWindow, offsetOf, type Window, xOf, zoomWindow } from "./scale";
import styles from "./TraceView.module.css";
import type { DisplayTree } from "./tree";

const HEIGHT = 38;
const MARGIN = 4;
const LINE_PIXELS_MAX = 3;
/** A drag of fewer pixels is a click, which centres the window. */
const DRAG_PIXELS = 4;

type MinimapProps = {
  readonly tree: DisplayTree;
  readonly rows: readonly Row[];
  readonly window: Window;
  readonly onZoom: (window: Window) => void;
};

export const Minimap = memo(function Minimap({ tree, rows, window, onZoom }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const [dragFrom, setDragFrom] = useState<number>();
  const { horizon } = tree.model;
  const scale = { from: 0, to: horizon, width };
  useDrawing(canvas, tree, rows, width);

  const xIn = (event: PointerEvent) =>
    event.clientX - (canvas.current?.getBoundingClientRect().left ?? 0);
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragFrom(xIn(event));
  };
  const onPointerMove = (event: PointerEvent) => {
    if (dragFrom === undefined) return;
    const x = xIn(event);
    if (Math.abs(x - dragFrom) < DRAG_PIXELS) return;
    const [from, to] = [Math.min(x, dragFrom), Math.max(x, dragFrom)];
    onZoom(clampWindow({ from: offsetOf(scale, from), to: offsetOf(scale, to) }, horizon));
  };
  const onPointerUp = (event: PointerEvent) => {
    if (dragFrom !== undefined && Math.abs(xIn(event) - dragFrom) < DRAG_PIXELS) {
      const half = (window.to - window.from) / 2;
      const middle = offsetOf(scale, dragFrom);
      onZoom(clampWindow({ from: middle - half, to: middle + half }, horizon));
    }
    setDragFrom(undefined);
  };
  useEffect(() => {
    const box = canvas.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const x = event.clientX - (box?.getBoundingClientRect().left ?? 0);
      const around = offsetOf({ from: 0, to: horizon, width }, x);
      onZoom(zoomWindow(window, Math.exp(event.deltaY / 300), around, horizon));
    };
    box?.addEventListener("wheel", onWheel, { passive: false });
    return () => box?.removeEventListener("wheel", onWheel);
  }, [window, width, horizon, onZoom]);

  const [left, right] = [xOf(scale, window.from), xOf(scale, window.to)];
  return (
    <div
      className={styles.minimap}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label="The whole trace in small; the keys z, 0, + and − change the part that is shown"
      />
      <div className={styles.unseen} style={{ left: 0, width: Math.max(0, left) }} />
      <div className={styles.unseen} style={{ left: right, right: 0 }} />
      <div className={styles.seen} style={{ left, width: Math.max(2, right - left) }} />
    </div>
  );
});

function useWidth(canvas: React.RefObject<HTMLCanvasElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const box = canvas.current;
    if (!box) return;
    const observer = new ResizeObserver(() => setWidth(box.clientWidth));
    observer.observe(box);
    return () => observer.disconnect();
  }, [canvas]);
  return width;
}

/** Draws one line a row; colours come from the tokens, so a change of theme draws again. */
function useDrawing(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  tree: DisplayTree,
  rows: readonly Row[],
  width: number,
): void {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme);
  useEffect(() => {
    const read = () => setTheme(document.documentElement.dataset.theme);
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides the colours that are read.
  useEffect(() => {
    const box = canvas.current;
    const context = box?.getContext("2d");
    if (!box || !context || width === 0) return;
    const ratio = devicePixelRatio;
    box.width = width * ratio;
    box.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    drawRows(context, tree, rows, width, colorReader(box));
  }, [canvas, tree, rows, width, theme]);
}

function drawRows(
  context: CanvasRenderingContext2D,
  tree: DisplayTree,
  rows: readonly Row[],
  width: number,
  color: (token: string) => string,
): void {
  const { model } = tree;
  const scale = { from: 0, to: model.horizon, width };
  const step = (HEIGHT - 2 * MARGIN) / Math.max(rows.length, 1);
  const line = Math.min(LINE_PIXELS_MAX, Math.max(1, step * 0.7));
  for (const [place, row] of rows.entries()) {
    if (row.type === "gap" || row.type === "missing") continue;
    const members = row.type === "repetition" ? row.members : [row.node];
    for (const node of members) {
      const span = spanAt(model, node);
      const failed = span.status === "error" && row.open === undefined;
      context.fillStyle = color(failed ? "--error-solid" : `--kind-${kindOf(span.obs_type)}-fill`);
      const x = xOf(scale, at(model.start, node));
      context.fillRect(
        x,
        MARGIN + place * step,
        Math.max(1, xOf(scale, barEnd(model, node)) - x),
        line,
      );
    }
  }
}

function colorReader(element: Element): (token: string) => string {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  return (token) => {
    const color = known.get(token) ?? style.getPropertyValue(token);
    known.set(token, color);
    return color;
  };
}
