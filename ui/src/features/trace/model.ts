/**
 * One trace as columns: times become offsets from the first start, ids become indices.
 *
 * Offsets are plain numbers: 2^53 nanoseconds are 104 days, longer than any trace is looked at.
 */

import type { Placeholder, Span } from "../../api/types";
import { nanosFrom } from "../../base/format";

export type TraceModel = {
  readonly spans: readonly Span[];
  readonly startUnixNanos: bigint;
  /** Offset of each span's start. */
  readonly start: Float64Array;
  /** Offset of each span's end; NaN while it runs. */
  readonly end: Float64Array;
  /** Span indices by start, then as received. */
  readonly order: Int32Array;
  readonly indexOfId: ReadonlyMap<string, number>;
  /** Offset of the last thing known to have happened; at least one, so that it can divide. */
  readonly horizon: number;
  readonly running: boolean;
  /** Parents that have not come, by id. */
  readonly placeholders: ReadonlyMap<string, Placeholder>;
};

/** Lays out the spans of a trace; the order they come in does not matter. */
export function modelOfSpans(
  spans: readonly Span[],
  placeholders: readonly Placeholder[] = [],
): TraceModel {
  const starts = spans.map((span) => nanosFrom(span.start_unix_nanos) ?? 0n);
  const startUnixNanos = earliest(starts);
  const start = new Float64Array(spans.length);
  const end = new Float64Array(spans.length);
  const indexOfId = new Map<string, number>();
  let horizon = 1;
  let running = false;
  for (const [index, span] of spans.entries()) {
    const endUnixNanos = endOf(span);
    start[index] = offset(starts[index] ?? 0n, startUnixNanos);
    end[index] = endUnixNanos === undefined ? Number.NaN : offset(endUnixNanos, startUnixNanos);
    running ||= endUnixNanos === undefined;
    horizon = Math.max(horizon, at(start, index), at(end, index) || 0);
    if (!indexOfId.has(span.span_id)) indexOfId.set(span.span_id, index);
  }
  const order = Int32Array.from(spans.keys()).sort((a, b) => at(start, a) - at(start, b) || a - b);
  return {
    spans,
    startUnixNanos,
    start,
    end,
    order,
    indexOfId,
    horizon,
    running,
    placeholders: new Map(placeholders.map((each) => [each.span_id, each])),
  };
}

/** Nanoseconds a span took; undefined while it runs. Clock skew never gives less than zero. */
export function durationOf(model: TraceModel, index: number): number | undefined {
  const end = at(model.end, index);
  return Number.isNaN(end) ? undefined : Math.max(0, end - at(model.start, index));
}

/** Where a span's bar stops: its end, or the horizon while it runs. */
export function barEnd(model: TraceModel, index: number): number {
  const end = at(model.end, index);
  return Number.isNaN(end) ? model.horizon : Math.max(end, at(model.start, index));
}

/** Whether a span is plumbing: hidden by default, unless it failed. */
export function isNoise(span: Span): boolean {
  return span.visibility !== undefined && span.visibility !== "app" && span.status !== "error";
}

/** The span at an index of the model, which is in range by construction. */
export function spanAt(model: TraceModel, index: number): Span {
  return model.spans[index] as Span;
}

/** Reads a typed column at an index that is in range by construction. */
export function at(column: ArrayLike<number>, index: number): number {
  return column[index] as number;
}

/** When a span or what stands for one began, as an offset. */
export function offsetOf(model: TraceModel, unixNanos: string): number {
  return offset(nanosFrom(unixNanos) ?? model.startUnixNanos, model.startUnixNanos);
}

/** Nanoseconds as a bigint for the formatters. */
export function asNanos(offsetNanos: number | undefined): bigint | undefined {
  return offsetNanos === undefined ? undefined : BigInt(Math.round(offsetNanos));
}

/** OTLP writes an end of zero for "not ended". */
function endOf(span: Span): bigint | undefined {
  const end = nanosFrom(span.end_unix_nanos);
  return end === 0n ? undefined : end;
}

/** A start of zero is an unset clock, not 1970: it must not stretch the axis by decades. */
function earliest(starts: readonly bigint[]): bigint {
  let found: bigint | undefined;
  for (const start of starts) {
    if (start !== 0n && (found === undefined || start < found)) found = start;
  }
  return found ?? 0n;
}

function offset(unixNanos: bigint, startUnixNanos: bigint): number {
  return Math.max(0, Number(unixNanos - startUnixNanos));
}
