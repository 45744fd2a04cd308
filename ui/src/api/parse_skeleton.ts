/**
 * Reads a trace that came as columns into spans without contents.
 *
 * A hundred thousand spans pass here: lists and maps that are empty are shared, and no span is
 * copied. What a span says of itself alone is read when it is selected.
 */

import { nanosFrom } from "../base/format";
import { isObject, type JsonObject } from "../base/json";
import { parseLogRecord, parsePlaceholder, parseSpan, parseTraceSummary } from "./parse";
import { count, list, object, oneOf, ShapeError, text, texts } from "./shape";
import type { Placeholder, ShownTrace, Span, SpanContent, SpanStatus, Usage } from "./types";

/** The fields of the answer that are read, for `contract.ts`. */
export type SkeletonFields = Readonly<
  Record<
    | "project"
    | "trace"
    | "span_count"
    | "spans_left_out"
    | "placeholders"
    | "start_unix_nanos"
    | "span_ids"
    | "parents"
    | "missing_parents"
    | "effective_parents"
    | "starts"
    | "durations"
    | "input_tokens"
    | "output_tokens"
    | "texts",
    unknown
  >
>;

/** Columns of texts that become fields of spans as they are. */
const TEXT_FIELDS = [
  "name",
  "obs_type",
  "operation",
  "origin",
  "billing",
  "billed_in",
  "visibility",
  "status",
  "status_message",
  "error_type",
  "last_seen_unix_nanos",
  "provider",
  "request_model",
  "response_model",
  "ttft_nanos",
  "cost_usd",
  "cost_status",
  "agent_name",
  "step_name",
  "tool_name",
  "tool_call_id",
  "service_name",
  "input_preview",
  "output_preview",
] as const satisfies readonly (keyof Span)[];

export type SkeletonTexts = Readonly<Record<(typeof TEXT_FIELDS)[number], unknown>>;

const ID_DIGITS = 16;
const STATUSES: readonly SpanStatus[] = ["ok", "error", "unset", "running"];
const NO_USAGE: Usage = {};
const NOTHING = Object.freeze([]) as readonly never[];
const NO_FIELDS: JsonObject = Object.freeze({});

/** What every span without contents holds. */
const EMPTY = {
  finish_reasons: NOTHING,
  input_messages: NOTHING,
  output_messages: NOTHING,
  system_instructions: NOTHING,
  tool_definitions: NOTHING,
  tool_calls: NOTHING,
  documents: NOTHING,
  tags: NOTHING,
  metadata: NO_FIELDS,
  dialects: NOTHING,
  attributes: NO_FIELDS,
  resource: NO_FIELDS,
  events: NOTHING,
  links: NOTHING,
  notes: NOTHING,
} as const;

/** Whether a span came with its contents: where it did not, that none are there says nothing. */
export function contentKnown(span: Span): boolean {
  return span.input_messages !== EMPTY.input_messages;
}

export function parseSkeleton(value: unknown): ShownTrace {
  const answer = object(value, "skeleton");
  const trace = parseTraceSummary(answer.trace);
  const placeholders: readonly Placeholder[] = list(answer.placeholders).map(parsePlaceholder);
  return {
    trace,
    spans: spansOf(answer, trace.trace_id),
    placeholders,
    logs: [],
    project: typeof answer.project === "string" ? answer.project : undefined,
    apart: true,
    leftOut: count(answer.spans_left_out),
  };
}

export function parseSpanContent(value: unknown): SpanContent {
  const answer = object(value, "span content");
  return { span: parseSpan(answer.span), logs: list(answer.logs).map(parseLogRecord) };
}

function spansOf(answer: JsonObject, traceId: string): readonly Span[] {
  const rows = count(answer.span_count);
  const ids = text(answer, "span_ids");
  if (ids.length !== rows * ID_DIGITS) throw new ShapeError("span_ids", "as long as the trace");
  const idOf = (row: number) => ids.slice(row * ID_DIGITS, (row + 1) * ID_DIGITS);
  const missing = texts(answer.missing_parents);
  const parents = column(answer, "parents", rows);
  const repaired = isColumn(answer.effective_parents)
    ? column(answer, "effective_parents", rows)
    : parents;
  const starts = column(answer, "starts", rows);
  const durations = column(answer, "durations", rows);
  const input = isColumn(answer.input_tokens) ? answer.input_tokens : undefined;
  const output = isColumn(answer.output_tokens) ? answer.output_tokens : undefined;
  const fields = textColumns(answer, rows);

  let last = nanosFrom(text(answer, "start_unix_nanos")) ?? 0n;
  return Array.from({ length: rows }, (_, row) => {
    const since = nanosOf(starts[row]);
    if (since !== undefined) last += since;
    const start = since === undefined ? 0n : last;
    const duration = nanosOf(durations[row]);
    const parent = placeOf(parents[row]);
    const above = placeOf(repaired[row]);
    const span: Record<string, unknown> = {
      trace_id: traceId,
      span_id: idOf(row),
      parent_span_id:
        parent === undefined ? undefined : parent < rows ? idOf(parent) : missing[parent - rows],
      effective_parent_id: above === undefined || above >= rows ? undefined : idOf(above),
      name: "",
      start_unix_nanos: String(start),
      end_unix_nanos: duration === undefined ? undefined : String(start + duration),
      duration_nanos: duration === undefined ? undefined : String(duration),
      usage: usageOf(input?.[row], output?.[row]),
      ...EMPTY,
    };
    for (const { field, values, places } of fields) {
      const place = places === undefined ? 0 : (places[row] as number);
      if (place >= 0) span[field] = values[place];
    }
    span.status = oneOf(span.status as string | undefined, STATUSES, "unset");
    return span as Span;
  });
}

function textColumns(answer: JsonObject, rows: number) {
  const columns = object(answer.texts, "texts");
  return TEXT_FIELDS.flatMap((field) => {
    const found = columns[field];
    if (!isObject(found)) return [];
    const values = texts(found.values);
    const places = isColumn(found.rows) ? column(found, "rows", rows) : undefined;
    return { field, values, places };
  });
}

function isColumn(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function column(answer: JsonObject, field: string, rows: number): readonly unknown[] {
  const found = answer[field];
  if (!isColumn(found) || found.length !== rows) {
    throw new ShapeError(field, "a column as long as the trace");
  }
  return found;
}

/** A length of time; one beyond the digits of a number comes as text. */
function nanosOf(value: unknown): bigint | undefined {
  if (typeof value === "number") return BigInt(value);
  return typeof value === "string" ? nanosFrom(value) : undefined;
}

function placeOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function usageOf(input: unknown, output: unknown): Usage {
  const known = { ...counted("input_tokens", input), ...counted("output_tokens", output) };
  return Object.keys(known).length === 0 ? NO_USAGE : known;
}

function counted(unit: string, value: unknown): Usage {
  return typeof value === "number" ? { [unit]: value } : NO_USAGE;
}
