// One trace as columns: times become offsets from the first start, ids become indices.
// Offsets are plain numbers: 2^53 nanoseconds are 104 days, longer than any trace is looked at.

import type { Span } from "./wire";

export interface TraceModel {
  readonly spans: readonly Span[];
  readonly startUnixNanos: bigint;
  /** Offset of each span's start. */
  readonly start: Float64Array;
  /** Offset of each span's end; NaN while it runs. */
  readonly end: Float64Array;
  /** Span indices by start, then as received. */
  readonly order: Int32Array;
  readonly indexOfId: ReadonlyMap<string, number>;
  /** Offset of the last thing known to have happened. */
  readonly horizon: number;
  readonly running: boolean;
}

/** Lays out the spans of a trace; the input order does not matter. */
export function modelOfSpans(spans: readonly Span[]): TraceModel {
  const startUnixNanos = earliestStart(spans);
  const start = new Float64Array(spans.length);
  const end = new Float64Array(spans.length);
  const indexOfId = new Map<string, number>();
  let horizon = 0;
  let running = false;
  for (const [index, span] of spans.entries()) {
    start[index] = Number(span.start_unix_nanos - startUnixNanos);
    end[index] =
      span.end_unix_nanos === null ? Number.NaN : Number(span.end_unix_nanos - startUnixNanos);
    running ||= span.end_unix_nanos === null;
    horizon = Math.max(horizon, at(start, index), at(end, index) || 0);
    if (!indexOfId.has(span.span_id)) indexOfId.set(span.span_id, index);
  }
  const order = Int32Array.from(spans.keys()).sort((a, b) => at(start, a) - at(start, b) || a - b);
  return { spans, startUnixNanos, start, end, order, indexOfId, horizon, running };
}

/** Nanoseconds a span took; null while it runs. Clock skew never gives less than zero. */
export function durationOf(model: TraceModel, index: number): number | null {
  const end = at(model.end, index);
  return Number.isNaN(end) ? null : Math.max(0, end - at(model.start, index));
}

/** Where a span's bar stops: its end, or the horizon while it runs. */
export function barEnd(model: TraceModel, index: number): number {
  const end = at(model.end, index);
  return Number.isNaN(end) ? model.horizon : Math.max(end, at(model.start, index));
}

/** True for spans that plumb rather than tell: hidden unless they failed. */
export function isNoise(span: Span): boolean {
  return span.visibility !== "app" && span.status !== "error";
}

/** Reads a typed column; the index comes from the same model, so it is in range. */
export function at(column: ArrayLike<number>, index: number): number {
  return column[index] as number;
}

function earliestStart(spans: readonly Span[]): bigint {
  let earliest: bigint | null = null;
  for (const span of spans) {
    // A start of zero is an unset clock, not 1970: it must not stretch the axis by decades.
    if (span.start_unix_nanos === 0n) continue;
    if (earliest === null || span.start_unix_nanos < earliest) earliest = span.start_unix_nanos;
  }
  return earliest ?? 0n;
}
