// The shapes of one trace as the server answers it, read at the border: everything a sender
// controls may be missing or of another type, so each field is checked once here and nowhere else.

export type Json = unknown;

export interface Part {
  readonly type: string;
  readonly [field: string]: Json;
}

export interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
  readonly name?: string;
  readonly finish_reason?: string;
}

export interface ToolCall {
  readonly id?: string;
  readonly name: string;
  readonly arguments?: Json;
}

export interface RetrievedDocument {
  readonly id?: string;
  readonly score?: number;
  readonly content?: Json;
  readonly metadata?: Json;
}

export interface SpanEvent {
  readonly name: string;
  readonly time_unix_nanos: string;
  readonly attributes: Readonly<Record<string, Json>>;
}

export interface SpanLink {
  readonly trace_id: string;
  readonly span_id: string;
  readonly attributes: Readonly<Record<string, Json>>;
}

export interface LogRecord {
  readonly time_unix_nanos: string;
  readonly span_id: string | null;
  readonly severity: string;
  readonly event_name: string | null;
  readonly body: Json;
  readonly attributes: Readonly<Record<string, Json>>;
}

/** One span; absent means unknown. `source` is the answer as it came, for the Raw tab. */
export interface Span {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  /** Undefined when the server did not say; null for a shown root. */
  readonly effective_parent_id: string | null | undefined;
  readonly name: string;
  readonly obs_type: string;
  readonly visibility: string;
  readonly start_unix_nanos: bigint;
  /** Null while the span runs. */
  readonly end_unix_nanos: bigint | null;
  readonly status: string;
  readonly status_message: string | null;
  readonly error_type: string | null;
  readonly operation: string | null;
  readonly billing: string | null;
  readonly provider: string | null;
  readonly request_model: string | null;
  readonly response_model: string | null;
  readonly finish_reasons: readonly string[];
  readonly ttft_nanos: number | null;
  readonly usage: Readonly<Record<string, number>>;
  readonly cost_usd: string | null;
  readonly cost_status: string | null;
  readonly input: Json;
  readonly output: Json;
  readonly input_messages: readonly Message[];
  readonly output_messages: readonly Message[];
  readonly system_instructions: readonly Part[];
  readonly tool_definitions: readonly Json[];
  readonly tool_calls: readonly ToolCall[];
  readonly tool_name: string | null;
  readonly tool_call_id: string | null;
  readonly documents: readonly RetrievedDocument[];
  readonly query: Json;
  readonly agent_name: string | null;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly resource: Readonly<Record<string, Json>>;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly notes: readonly string[];
  readonly source: Readonly<Record<string, Json>>;
}

export interface TraceFacts {
  readonly trace_id: string;
  readonly root_span_id: string | null;
  readonly name: string;
  readonly status: string;
  readonly duration_nanos: bigint | null;
  readonly span_count: number | null;
  readonly error_count: number | null;
  readonly error_type: string | null;
  readonly models: readonly string[];
  readonly usage: Readonly<Record<string, number>>;
  readonly cost_usd: string | null;
  readonly cost_status: string | null;
  readonly ttft_nanos: number | null;
  readonly session_id: string | null;
  readonly user_id: string | null;
  readonly prompt_names: readonly string[];
}

export interface TraceAnswer {
  readonly trace: TraceFacts;
  readonly spans: readonly Span[];
  readonly logs: readonly LogRecord[];
}

type Fields = Readonly<Record<string, Json>>;

/** Reads the answer of `GET …/traces/{id}`; throws only when it is not a trace at all. */
export function traceFromAnswer(answer: Json): TraceAnswer {
  const fields = record(answer);
  if (!Array.isArray(fields.spans)) throw new Error("the answer carries no list of spans");
  return {
    trace: factsFromFields(record(fields.trace)),
    spans: list(fields.spans).map((span) => spanFromFields(record(span))),
    logs: list(fields.logs).map((log) => logFromFields(record(log))),
  };
}

export function spanFromFields(fields: Fields): Span {
  return {
    span_id: text(fields.span_id) ?? "",
    parent_span_id: text(fields.parent_span_id) || null,
    effective_parent_id:
      fields.effective_parent_id === undefined ? undefined : text(fields.effective_parent_id),
    name: text(fields.name) ?? "(no name)",
    obs_type: text(fields.obs_type) ?? "span",
    visibility: text(fields.visibility) ?? "app",
    start_unix_nanos: nanos(fields.start_unix_nanos) ?? 0n,
    end_unix_nanos: endOf(fields),
    status: text(fields.status) ?? "unset",
    status_message: text(fields.status_message),
    error_type: text(fields.error_type),
    operation: text(fields.operation),
    billing: text(fields.billing),
    provider: text(fields.provider),
    request_model: text(fields.request_model),
    response_model: text(fields.response_model),
    finish_reasons: texts(fields.finish_reasons),
    ttft_nanos: count(fields.ttft_nanos),
    usage: counts(fields.usage),
    cost_usd: text(fields.cost_usd),
    cost_status: text(fields.cost_status),
    input: fields.input,
    output: fields.output,
    input_messages: messages(fields.input_messages),
    output_messages: messages(fields.output_messages),
    system_instructions: parts(fields.system_instructions),
    tool_definitions: list(fields.tool_definitions),
    tool_calls: list(fields.tool_calls).map(toolCall),
    tool_name: text(fields.tool_name),
    tool_call_id: text(fields.tool_call_id),
    documents: list(fields.documents).map(retrievedDocument),
    query: fields.query,
    agent_name: text(fields.agent_name),
    attributes: record(fields.attributes),
    resource: record(fields.resource),
    events: list(fields.events).map((event) => spanEvent(record(event))),
    links: list(fields.links).map((link) => spanLink(record(link))),
    notes: list(fields.notes).map(note),
    source: fields,
  };
}

function factsFromFields(fields: Fields): TraceFacts {
  return {
    trace_id: text(fields.trace_id) ?? "",
    root_span_id: text(fields.root_span_id),
    name: text(fields.name) ?? "(no name)",
    status: text(fields.status) ?? "unset",
    duration_nanos: nanos(fields.duration_nanos),
    span_count: count(fields.span_count),
    error_count: count(fields.error_count),
    error_type: text(fields.error_type),
    models: texts(fields.models),
    usage: counts(fields.usage),
    cost_usd: text(fields.cost_usd),
    cost_status: text(fields.cost_status),
    ttft_nanos: count(fields.ttft_nanos),
    session_id: text(fields.session_id),
    user_id: text(fields.user_id),
    prompt_names: texts(fields.prompt_names),
  };
}

function logFromFields(fields: Fields): LogRecord {
  return {
    time_unix_nanos: text(fields.time_unix_nanos) ?? "0",
    span_id: text(fields.span_id) || null,
    severity: severityText(fields.severity),
    event_name: text(fields.event_name) || null,
    body: fields.body,
    attributes: record(fields.attributes),
  };
}

/** A severity is sent as text or as OTLP's number: 1–4 trace, 5–8 debug, 9–12 info, and so on. */
function severityText(value: Json): string {
  if (typeof value !== "number") return text(value)?.toUpperCase() ?? "";
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.ceil(value / 4) - 1] ?? "";
}

/** An end of zero is how OTLP writes "not ended". */
function endOf(fields: Fields): bigint | null {
  const end = nanos(fields.end_unix_nanos);
  return end === 0n ? null : end;
}

function messages(value: Json): Message[] {
  return list(value).map((item) => {
    const fields = record(item);
    const name = text(fields.name);
    const finishReason = text(fields.finish_reason);
    return {
      role: text(fields.role) ?? "unknown",
      parts: parts(fields.parts ?? fields.content),
      ...(name === null ? {} : { name }),
      ...(finishReason === null ? {} : { finish_reason: finishReason }),
    };
  });
}

/** A bare string counts as one text part; a part without a type is kept as it is. */
function parts(value: Json): Part[] {
  if (typeof value === "string") return [{ type: "text", content: value }];
  const items = Array.isArray(value) ? value : value == null ? [] : [value];
  return items.map((item) => {
    if (typeof item === "string") return { type: "text", content: item };
    const fields = record(item);
    return { ...fields, type: text(fields.type) ?? "unknown" };
  });
}

function toolCall(value: Json): ToolCall {
  const fields = record(value);
  const id = text(fields.id);
  return {
    name: text(fields.name) ?? "(no name)",
    arguments: fields.arguments,
    ...(id === null ? {} : { id }),
  };
}

function retrievedDocument(value: Json): RetrievedDocument {
  if (typeof value === "string") return { content: value };
  const fields = record(value);
  const id = text(fields.id);
  const score = numeric(fields.score);
  return {
    ...(id === null ? {} : { id }),
    ...(score === null ? {} : { score }),
    content: fields.content,
    metadata: fields.metadata,
  };
}

function spanEvent(fields: Fields): SpanEvent {
  return {
    name: text(fields.name) ?? "",
    time_unix_nanos: text(fields.time_unix_nanos) ?? "0",
    attributes: record(fields.attributes),
  };
}

function spanLink(fields: Fields): SpanLink {
  return {
    trace_id: text(fields.trace_id) ?? "",
    span_id: text(fields.span_id) ?? "",
    attributes: record(fields.attributes),
  };
}

function note(value: Json): string {
  const fields = record(value);
  return typeof value === "string" ? value : (text(fields.text ?? fields.message) ?? "");
}

function record(value: Json): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function list(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function text(value: Json): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function texts(value: Json): string[] {
  return list(value).flatMap((item) => text(item) ?? []);
}

function nanos(value: Json): bigint | null {
  const digits = text(value);
  return digits !== null && /^-?\d+$/.test(digits) ? BigInt(digits) : null;
}

function numeric(value: Json): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(text(value));
  return Number.isFinite(number) ? number : null;
}

const count = numeric;

function counts(value: Json): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [unit, amount] of Object.entries(record(value))) {
    const number = numeric(amount);
    if (number !== null) found[unit] = number;
  }
  return found;
}
