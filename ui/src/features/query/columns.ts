/** How wide the columns of an answer are, and which of them are in sight. */

import type { SqlAnswer } from "../../api/parse_sql";
import { shortId } from "../../base/ids";
import { momentFromIso } from "../../base/time";
import { type CellKind, cellOf, kindOf, namesId, plainText, targetOf } from "./cells";

export type GridColumn = {
  readonly name: string;
  readonly type: string;
  readonly kind: CellKind;
  /** From the left edge of the table, in pixels. */
  readonly left: number;
  readonly width: number;
  /** Whether its times have fractions of seconds. */
  readonly millis: boolean;
};

/** Rows that are looked at to find a width; the rest is cut where it is longer. */
const SAMPLE_ROWS = 100;
/** Of a letter on average; digits and times, which are never to be cut, are as wide as each other. */
const CHAR_WIDTH = 7;
const DIGIT_WIDTH = 7.6;
const PADDING = 26;
const WIDTH_MIN = 64;
const WIDTH_MAX = 340;

export function gridColumns({ columns, rows }: SqlAnswer, zone: string): readonly GridColumn[] {
  const sample = rows.slice(0, SAMPLE_ROWS);
  let left = 0;
  return columns.map((column) => {
    const values = sample.map((row) => row[column.name]);
    const kind = kindOf(column.type);
    const millis = kind === "time" && values.some(hasFraction);
    const texts = sample.map((row) =>
      targetOf(row, column)
        ? shortId(plainText(row[column.name]))
        : cellOf(row[column.name], column, zone, millis).text,
    );
    const longest = Math.max(0, ...texts.map(({ length }) => length));
    const letters = longest * (kind === "text" && !namesId(column) ? CHAR_WIDTH : DIGIT_WIDTH);
    const wanted = Math.ceil(Math.max(letters, column.name.length * CHAR_WIDTH)) + PADDING;
    const width = Math.min(Math.max(wanted, WIDTH_MIN), WIDTH_MAX);
    const placed = { ...column, kind, left, width, millis };
    left += width;
    return placed;
  });
}

/** The width of all columns together, in pixels. */
export function widthOf(columns: readonly GridColumn[]): number {
  const last = columns.at(-1);
  return last ? last.left + last.width : 0;
}

/** The columns that touch the view, as a half-open range. */
export function columnsInView(
  columns: readonly GridColumn[],
  view: { readonly left: number; readonly width: number },
): { readonly first: number; readonly end: number } {
  const right = view.left + view.width;
  const first = columns.findIndex((column) => column.left + column.width > view.left);
  const end = columns.findIndex((column) => column.left >= right);
  return { first: Math.max(first, 0), end: end < 0 ? columns.length : end };
}

function hasFraction(value: unknown): boolean {
  const moment = typeof value === "string" ? momentFromIso(value) : undefined;
  return moment !== undefined && moment % 1_000_000_000n !== 0n;
}
