/** What one row of the traces list says, and how long its bar is. */

import type { TracePage, TraceStatus, TraceSummary } from "../../api/types";
import {
  formatCost,
  formatCount,
  formatCountExact,
  formatDuration,
  MISSING,
  nanosFrom,
} from "../../base/format";
import { dayKey, formatAgo, formatTime, nowNanos } from "../../base/time";

export type Row = {
  readonly traceId: string;
  readonly status: TraceStatus;
  readonly start: bigint;
  readonly name: string;
  readonly input: string;
  readonly output: string;
  /** The output cell tells of an error. */
  readonly outputFailed: boolean;
  readonly duration: string;
  readonly bar: Bar;
  readonly ttft: string;
  readonly tokens: string;
  /** Every digit, with the parts that are known. */
  readonly tokensTitle: string;
  readonly cost: string;
  readonly costTitle: string;
  readonly costUnknown: boolean;
};

/** A bar as a share of its column; cut when the value is beyond the scale. */
export type Bar = { readonly share: number; readonly cut: boolean };

/** Joins the pages, newer knowledge of a trace winning, each trace once. */
export function tracesOf(
  pages: readonly TracePage[],
  updates: ReadonlyMap<string, TraceSummary>,
): readonly TraceSummary[] {
  const seen = new Set<string>();
  const traces: TraceSummary[] = [];
  for (const { traces: page } of pages) {
    for (const trace of page) {
      // A trace that moved between two page reads would stand twice.
      if (seen.has(trace.trace_id)) continue;
      seen.add(trace.trace_id);
      traces.push(updates.get(trace.trace_id) ?? trace);
    }
  }
  return traces;
}

/**
 * The duration a full bar stands for: the 95th percentile of the first page.
 *
 * One very long run must not flatten all others, and the scale must not move while scrolling.
 */
export function barScale(firstPage: readonly TraceSummary[]): bigint {
  const durations = firstPage
    .map((trace) => nanosFrom(trace.duration_nanos))
    .filter((nanos): nanos is bigint => nanos !== undefined && nanos > 0n)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return durations[Math.floor((durations.length - 1) * 0.95)] ?? 1n;
}

export function barOf(nanos: bigint | undefined, scale: bigint): Bar {
  if (nanos === undefined || nanos <= 0n) return { share: 0, cut: false };
  if (nanos > scale) return { share: 1, cut: true };
  return { share: Number((nanos * 1000n) / scale) / 1000, cut: false };
}

/** Draws up the words of a row. */
export function rowOf(trace: TraceSummary, scale: bigint, now: bigint = nowNanos()): Row {
  const running = trace.status === "running";
  const whole = nanosFrom(trace.duration_nanos);
  const nanos = whole ?? (running ? knownOf(trace) : undefined);
  return {
    traceId: trace.trace_id,
    status: trace.status,
    start: nanosFrom(trace.start_unix_nanos) ?? 0n,
    name: trace.name || "(no name)",
    input: oneLine(trace.input_preview),
    ...outputOf(trace, now),
    duration:
      whole === undefined && nanos !== undefined
        ? `≥ ${formatDuration(nanos)}`
        : formatDuration(nanos),
    bar: barOf(nanos, scale),
    ttft: formatDuration(nanosFrom(trace.ttft_nanos)),
    tokens: formatCount(tokensOf(trace)),
    tokensTitle: tokensTitle(trace),
    cost: formatCost(trace.cost_usd, running && !trace.cost_usd ? "none" : trace.cost_status),
    costTitle: costTitle(trace),
    costUnknown: trace.cost_status === "no_price",
  };
}

/** How long a running trace is known to have run. */
function knownOf(trace: TraceSummary): bigint | undefined {
  const [start, seen] = [trace.start_unix_nanos, trace.last_seen_unix_nanos].map(nanosFrom);
  return start === undefined || seen === undefined || seen < start ? undefined : seen - start;
}

/** Input and output tokens together; undefined when neither is known. */
export function tokensOf({ usage }: TraceSummary): number | undefined {
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
  if (input === undefined && output === undefined) return total;
  return (input ?? 0) + (output ?? 0);
}

/** Whether the traces shown lie on more than one day, or on another day than today. */
export function daysNeeded(traces: readonly TraceSummary[], now: bigint, zone: string): boolean {
  const today = dayKey(now, zone);
  const starts = [traces[0], traces.at(-1)].map((trace) => nanosFrom(trace?.start_unix_nanos));
  return starts.some((start) => start !== undefined && dayKey(start, zone) !== today);
}

/** The row as a sentence, for screen readers. */
export function spokenRow(row: Row, zone: string): string {
  const words = [
    formatTime(row.start, zone, "full"),
    row.name,
    row.status === "unset" ? "" : row.status,
    row.duration === MISSING ? "" : row.duration,
    row.tokens === MISSING ? "" : `${row.tokens} tokens`,
    row.cost === MISSING ? "" : row.cost,
  ];
  return words.filter(Boolean).join(", ");
}

function outputOf(trace: TraceSummary, now: bigint): Pick<Row, "output" | "outputFailed"> {
  const output = oneLine(trace.output_preview);
  if (trace.status === "error")
    return { output: failureOf(trace) || output || "failed", outputFailed: true };
  if (trace.status === "running" && !output) {
    const seen = nanosFrom(trace.last_seen_unix_nanos);
    const sign = seen === undefined ? "…" : `Last sign of life ${formatAgo(seen, now)}`;
    return { output: sign, outputFailed: false };
  }
  return { output: output || MISSING, outputFailed: false };
}

/** The type and the message of a failure; many messages begin with the type already. */
function failureOf(trace: TraceSummary): string {
  const message = oneLine(trace.error_message);
  if (!trace.error_type || message.startsWith(trace.error_type)) return message;
  return message ? `${trace.error_type}: ${message}` : trace.error_type;
}

function tokensTitle({ usage }: TraceSummary): string {
  return Object.entries(usage)
    .map(([unit, count]) => `${formatCountExact(count)} ${unit.replaceAll("_", " ")}`)
    .join("\n");
}

function costTitle(trace: TraceSummary): string {
  switch (trace.cost_status) {
    case "no_price": {
      const models = trace.models.join(", ");
      return models ? `No price is known for ${models}` : "No price is known for this model";
    }
    case "partial":
      return `At least $${trace.cost_usd}: some calls have no price`;
    default:
      return trace.cost_usd === undefined ? "" : `$${trace.cost_usd}`;
  }
}

function oneLine(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}
