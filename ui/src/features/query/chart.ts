/** Whether an answer can be drawn, and as what: values over time, or a bar for each name. */

import type { SqlAnswer, SqlColumn } from "../../api/parse_sql";
import { formatDuration, formatNumber } from "../../base/format";
import type { Json } from "../../base/json";
import { momentFromIso } from "../../base/time";
import { kindOf, namesId } from "./cells";

export type Chart = {
  /** The columns one can draw, by name. */
  readonly measures: readonly string[];
  readonly measure: string;
  readonly over: string;
  readonly drawn: TimeSeries | NamedBars;
};

export type TimeSeries = {
  readonly kind: "time";
  /** In order of time; an unknown value is a gap. */
  readonly points: readonly TimePoint[];
  /** Nanoseconds between neighbours, where the points stand at even distances: drawn as bars. */
  readonly step?: bigint;
};

export type TimePoint = { readonly at: bigint; readonly value?: number };

export type NamedBars = { readonly kind: "bars"; readonly bars: readonly NamedBar[] };

export type NamedBar = { readonly name: string; readonly value?: number };

const POINTS_MAX = 2000;
const BARS_MAX = 50;
const STEPS_MAX = 400n;

/** Draws up the chart of an answer; undefined where none would be true to it. */
export function chartOf(answer: SqlAnswer, wanted?: string): Chart | undefined {
  const [over, ...others] = answer.columns;
  // Of an answer that is cut nobody knows which part a chart would show.
  if (!over || answer.cut || answer.rows.length < 2) return undefined;
  const measures = others.filter((column) => isMeasure(column, answer)).map(({ name }) => name);
  const measure = measures.find((name) => name === wanted) ?? measures[0];
  if (measure === undefined) return undefined;
  const drawn = drawnOf(answer, over, measure);
  return drawn && { measures, measure, over: over.name, drawn };
}

/** A value as the chart writes it. */
export function formatMeasure(measure: string, value: number): string {
  return measure.endsWith("_nanos")
    ? formatDuration(BigInt(Math.round(value)))
    : formatNumber(value);
}

/** The least and the largest value, zero always among them. */
export function spanOf(values: readonly (number | undefined)[]): { low: number; high: number } {
  const known = values.filter((value): value is number => value !== undefined);
  return { low: Math.min(0, ...known), high: Math.max(0, ...known) };
}

function isMeasure(column: SqlColumn, { rows }: SqlAnswer): boolean {
  if (kindOf(column.type) !== "number" || column.name.endsWith("unix_nanos")) return false;
  return rows.some((row) => numberIn(row[column.name]) !== undefined);
}

function drawnOf(
  { rows }: SqlAnswer,
  over: SqlColumn,
  measure: string,
): Chart["drawn"] | undefined {
  const values = rows.map((row) => numberIn(row[measure]));
  if (over.type === "TIMESTAMP") {
    if (rows.length > POINTS_MAX) return undefined;
    return timeSeries(
      rows.map((row) => momentIn(row[over.name])),
      values,
    );
  }
  if (!/^(TEXT|BOOLEAN|DATE)$/.test(over.type) || namesId(over) || rows.length > BARS_MAX) {
    return undefined;
  }
  const names = rows.map((row) => nameIn(row[over.name]));
  if (new Set(names).size < names.length) return undefined;
  return { kind: "bars", bars: names.map((name, i) => ({ name, value: values[i] })) };
}

function timeSeries(
  moments: readonly (bigint | undefined)[],
  values: readonly (number | undefined)[],
): TimeSeries | undefined {
  const points: TimePoint[] = [];
  for (const [i, at] of moments.entries()) {
    if (at === undefined) return undefined;
    points.push({ at, value: values[i] });
  }
  points.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  // Two values of one moment would stand in each other's way.
  if (points.some((point, i) => point.at === points[i - 1]?.at)) return undefined;
  return { kind: "time", points, step: stepOf(points) };
}

/** The distance of which all distances are multiples, where few enough steps cover the whole. */
function stepOf(points: readonly TimePoint[]): bigint | undefined {
  const gaps = points.slice(1).map((point, i) => point.at - (points[i]?.at ?? 0n));
  const step = gaps.reduce((least, gap) => (gap < least ? gap : least));
  const whole = gaps.reduce((sum, gap) => sum + gap, 0n);
  return gaps.every((gap) => gap % step === 0n) && whole / step <= STEPS_MAX ? step : undefined;
}

function numberIn(value: Json | undefined): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function momentIn(value: Json | undefined): bigint | undefined {
  return typeof value === "string" ? momentFromIso(value) : undefined;
}

function nameIn(value: Json | undefined): string {
  return value === null || value === undefined ? "unknown" : String(value);
}
