/**
 * The border: what comes from outside becomes the types of `types.ts` here and nowhere else.
 *
 * Required fields are checked, lists and maps are never absent, null becomes absence. A value of
 * an unexpected shape is refused with its path, so that a contract break is seen at once.
 */

import { isObject, type Json, type JsonObject } from "../base/json";
import {
  asText,
  count,
  list,
  map,
  numbers,
  object,
  oneOf,
  present,
  text,
  textOr,
  texts,
} from "./shape";
import type {
  About,
  LogRecord,
  Message,
  MessagePart,
  Placeholder,
  Project,
  ReceiverEvent,
  Span,
  ToolDefinition,
  TraceDetail,
  TracePage,
  TraceSummary,
  TracesChanged,
} from "./types";

export function parseTracePage(value: unknown): TracePage {
  const page = object(value, "traces page");
  const total = isObject(page.total) ? page.total : undefined;
  return {
    traces: list(page.traces).map(parseTraceSummary),
    nextCursor: typeof page.next_cursor === "string" ? page.next_cursor : undefined,
    total:
      typeof total?.count === "number"
        ? { count: total.count, exact: total.exact !== false }
        : undefined,
  };
}

export function parseTraceDetail(value: unknown): TraceDetail {
  const detail = object(value, "trace");
  const trace = parseTraceSummary(detail.trace);
  const project = detail.project ?? (isObject(detail.trace) ? detail.trace.project : undefined);
  return {
    trace,
    spans: list(detail.spans).map((span) => parseSpan(span, trace.trace_id)),
    placeholders: list(detail.placeholders).map(parsePlaceholder),
    logs: list(detail.logs).map(parseLogRecord),
    project: typeof project === "string" ? project : undefined,
  };
}

export function parseTraceSummary(value: unknown): TraceSummary {
  const trace = present(object(value, "trace summary"));
  return {
    ...trace,
    trace_id: text(trace, "trace_id"),
    start_unix_nanos: text(trace, "start_unix_nanos"),
    name: typeof trace.name === "string" ? trace.name : "",
    status: oneOf(trace.status, ["ok", "error", "unset", "running"] as const, "unset"),
    span_count: count(trace.span_count),
    error_count: count(trace.error_count),
    folded_count: count(trace.folded_count),
    llm_call_count: count(trace.llm_call_count),
    tool_call_count: count(trace.tool_call_count),
    models: texts(trace.models),
    providers: texts(trace.providers),
    usage: numbers(trace.usage),
    tags: texts(trace.tags),
    metadata: map(trace.metadata),
    prompt_names: texts(trace.prompt_names),
    scores: list(trace.scores).filter(isObject),
  } as TraceSummary;
}

/** Kept beside the spans, not in them: a span has the fields of the contract and no others. */
const sources = new WeakMap<Span, JsonObject>();

/** The answer a span was read from, as it came. */
export function sourceOf(span: Span): Json {
  return sources.get(span) ?? (span as unknown as Json);
}

export function parseSpan(value: unknown, traceId = ""): Span {
  const source = object(value, "span");
  const span = present(source);
  const parsed = {
    ...span,
    trace_id: typeof span.trace_id === "string" ? span.trace_id : traceId,
    span_id: text(span, "span_id"),
    start_unix_nanos: text(span, "start_unix_nanos"),
    name: typeof span.name === "string" ? span.name : "",
    status: oneOf(span.status, ["ok", "error", "unset", "running"] as const, "unset"),
    finish_reasons: texts(span.finish_reasons),
    usage: numbers(span.usage),
    input_messages: list(span.input_messages).map(parseMessage),
    output_messages: list(span.output_messages).map(parseMessage),
    system_instructions: list(span.system_instructions).map(parsePart),
    tool_definitions: list(span.tool_definitions).map(parseToolDefinition),
    tool_calls: list(span.tool_calls)
      .filter(isObject)
      .map((call) => ({ ...present(call), name: textOr(call.name, "") })),
    documents: list(span.documents).filter(isObject).map(present),
    tags: texts(span.tags),
    metadata: map(span.metadata),
    dialects: texts(span.dialects),
    attributes: map(span.attributes),
    resource: map(span.resource),
    events: list(span.events)
      .filter(isObject)
      .map((event) => ({
        name: textOr(event.name, ""),
        time_unix_nanos: textOr(event.time_unix_nanos, "0"),
        attributes: map(event.attributes),
      })),
    links: list(span.links)
      .filter(isObject)
      .map((link) => ({
        ...present(link),
        trace_id: textOr(link.trace_id, ""),
        span_id: textOr(link.span_id, ""),
        attributes: map(link.attributes),
      })),
    notes: list(span.notes).map((note) => (typeof note === "string" ? note : JSON.stringify(note))),
  } as Span;
  sources.set(parsed, source);
  return parsed;
}

export function parsePlaceholder(value: Json): Placeholder {
  const placeholder = present(object(value, "placeholder"));
  return {
    ...placeholder,
    span_id: text(placeholder, "span_id"),
    start_unix_nanos: text(placeholder, "start_unix_nanos"),
    last_seen_unix_nanos: text(placeholder, "last_seen_unix_nanos"),
    child_count: count(placeholder.child_count),
  } as Placeholder;
}

export function parseMessage(value: Json): Message {
  if (!isObject(value)) return { role: "", parts: [{ type: "text", content: asText(value) }] };
  const parts = Array.isArray(value.parts) ? value.parts : list(value.content);
  const plain = typeof value.content === "string" ? value.content : undefined;
  return {
    role: textOr(value.role, ""),
    parts: parts.length === 0 && plain ? [{ type: "text", content: plain }] : parts.map(parsePart),
    name: typeof value.name === "string" ? value.name : undefined,
    finish_reason: typeof value.finish_reason === "string" ? value.finish_reason : undefined,
  };
}

export function parsePart(value: Json): MessagePart {
  if (!isObject(value)) return { type: "text", content: asText(value) };
  const part = present(value);
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, content: asText(part.content ?? "") };
    case "tool_call":
      return { ...part, type: "tool_call", name: textOr(part.name, "") } as MessagePart;
    case "tool_call_response":
      return {
        type: "tool_call_response",
        id: typeof part.id === "string" ? part.id : undefined,
        response: part.response ?? part.result,
      };
    case "uri":
      return typeof part.uri === "string" ? (part as MessagePart) : { type: "other", raw: value };
    case "blob":
      return typeof part.content === "string"
        ? (part as MessagePart)
        : { type: "other", raw: value };
    case "file":
      return part as MessagePart;
    default:
      return { type: "other", raw: value };
  }
}

export function parseLogRecord(value: Json): LogRecord {
  const log = present(object(value, "log record"));
  return {
    ...log,
    time_unix_nanos: textOr(log.time_unix_nanos, "0"),
    severity: log.severity === undefined ? undefined : asText(log.severity),
    attributes: map(log.attributes),
  } as LogRecord;
}

export function parseProjects(value: unknown): readonly Project[] {
  return list(object(value, "projects").projects)
    .filter(isObject)
    .map((project) => ({ ...present(project), slug: text(project, "slug") }) as Project);
}

export function parseAbout(value: unknown): About {
  const about = present(object(value, "about"));
  return { ...about, http: text(about, "http"), grpc: textOr(about.grpc, "") } as About;
}

export function parseReceiver(value: unknown): readonly ReceiverEvent[] {
  return list(object(value, "receiver").requests).map(parseReceiverEvent);
}

export function parseReceiverEvent(value: unknown): ReceiverEvent {
  const event = present(object(value, "receiver event"));
  return {
    ...event,
    sequence: count(event.sequence),
    time_unix_nanos: text(event, "time_unix_nanos"),
    protocol: textOr(event.protocol, "unknown"),
    signal: textOr(event.signal, "unknown"),
    status: count(event.status),
    outcome: oneOf(event.outcome, ["accepted", "partial", "rejected"] as const, "rejected"),
    llm_calls: count(event.llm_calls),
    content: event.content === true,
  } as ReceiverEvent;
}

export function parseTracesChanged(value: unknown): TracesChanged {
  const changed = object(value, "traces event");
  return { traceIds: texts(changed.trace_ids), spans: count(changed.spans) };
}

function parseToolDefinition(value: Json): ToolDefinition {
  if (!isObject(value)) return { raw: value };
  // OpenAI nests the definition under `function`; others write it flat.
  const inner = isObject(value.function) ? value.function : value;
  return {
    name: typeof inner.name === "string" ? inner.name : undefined,
    description: typeof inner.description === "string" ? inner.description : undefined,
    raw: value,
  };
}
