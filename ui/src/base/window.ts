/** Which rows of a list of equal heights are worth drawing. */

export type RowWindow = { readonly first: number; readonly end: number };

/** The rows in view and some beyond, as a half-open range. */
export function windowOf(view: {
  readonly scrollTop: number;
  readonly viewHeight: number;
  readonly rowHeight: number;
  readonly rowCount: number;
  readonly overscan: number;
}): RowWindow {
  const { scrollTop, viewHeight, rowHeight, rowCount, overscan } = view;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const end = Math.ceil((scrollTop + viewHeight) / rowHeight) + overscan;
  return { first: Math.min(first, rowCount), end: Math.min(Math.max(end, first), rowCount) };
}
