/** The rows of a table of equal heights that are in sight, below a head that stays. */

import { type RefObject, useLayoutEffect, useState } from "react";
import { type RowWindow, windowOf } from "../base/window";

const OVERSCAN_ROWS = 12;

/** Follows the scroll position; draws again only when the window moves by a row. */
export function useRowWindow(scroller: RefObject<HTMLDivElement | null>, rowCount: number) {
  const [view, setView] = useState({ scrollTop: 0, viewHeight: 900, rowHeight: 28 });
  const measure = () => {
    const element = scroller.current;
    if (!element) return;
    const rowHeight = Number.parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 28;
    const scrollTop = Math.floor(element.scrollTop / rowHeight) * rowHeight;
    setView((before) =>
      before.scrollTop === scrollTop &&
      before.viewHeight === element.clientHeight &&
      before.rowHeight === rowHeight
        ? before
        : { scrollTop, viewHeight: element.clientHeight, rowHeight },
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured once and on every resize.
  useLayoutEffect(() => {
    measure();
    const watcher = new ResizeObserver(measure);
    if (scroller.current) watcher.observe(scroller.current);
    return () => watcher.disconnect();
  }, []);
  const shown: RowWindow = windowOf({ ...view, rowCount, overscan: OVERSCAN_ROWS });
  return { rowHeight: view.rowHeight, shown, onScroll: measure };
}

/** Scrolls as little as it takes to show a row below the sticky head. */
export function scrollToRow(
  element: HTMLDivElement | null,
  index: number,
  rowHeight: number,
): void {
  if (!element) return;
  const top = index * rowHeight;
  const bottom = top + 2 * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) {
    element.scrollTop = bottom - element.clientHeight;
  }
}
