/** Which rows of a fixed-height list are in sight; and a scroll position that survives new rows. */

import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

const OVERSCAN_ROWS = 6;

export type RowWindow = { readonly from: number; readonly to: number };

/** The rows to draw for a scroll position. */
export function rowWindow(
  scrollTop: number,
  height: number,
  rowHeight: number,
  rowCount: number,
): RowWindow {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN_ROWS);
  const to = Math.min(rowCount, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN_ROWS);
  return { from: Math.min(from, to), to };
}

/** Watches a scrolling element; `keys` names the rows, so that the first in sight stays in place. */
export function useWindow(
  element: RefObject<HTMLElement | null>,
  rowHeight: number,
  keys: readonly { readonly key: string }[],
) {
  const [place, setPlace] = useState({ scrollTop: 0, height: 0, width: 0 });
  const anchor = useRef<{ key: string; offset: number; row: number }>(undefined);
  const latestKeys = useRef(keys);
  latestKeys.current = keys;

  const measure = useCallback(() => {
    const box = element.current;
    if (!box) return;
    const row = Math.floor(box.scrollTop / rowHeight);
    const key = latestKeys.current[row]?.key;
    anchor.current =
      key === undefined ? undefined : { key, offset: box.scrollTop - row * rowHeight, row };
    setPlace((before) => {
      const same =
        Math.floor(before.scrollTop / rowHeight) === row &&
        before.height === box.clientHeight &&
        before.width === box.clientWidth;
      return same
        ? before
        : { scrollTop: box.scrollTop, height: box.clientHeight, width: box.clientWidth };
    });
  }, [element, rowHeight]);

  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    box.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", measure);
    };
  }, [element, measure]);

  useLayoutEffect(() => {
    const [box, kept] = [element.current, anchor.current];
    if (!box || !kept || keys[kept.row]?.key === kept.key) return;
    const row = keys.findIndex(({ key }) => key === kept.key);
    if (row >= 0 && box.scrollTop > 0) box.scrollTop = row * rowHeight + kept.offset;
    measure();
  }, [element, keys, rowHeight, measure]);

  return { ...rowWindow(place.scrollTop, place.height, rowHeight, keys.length), ...place };
}
