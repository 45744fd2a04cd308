/**
 * What the API answers, as the screens use it.
 *
 * Absent means unknown; `parse.ts` turns the server's nulls into absence and checks what every
 * screen relies on. Times and durations are decimal strings of nanoseconds, money is a decimal
 * string in US dollars: neither survives a JSON number.
 */

import type { CostStatus } from "../base/format";
import type { Json, JsonObject } from "../base/json";

export type { CostStatus } from "../base/format";

export type TraceStatus = "ok" | "error" | "unset" | "running";
export type SpanStatus = TraceStatus;

/** Counts by unit, e.g. `input_tokens`; totals include their parts. */
export type Usage = { readonly [unit: string]: number };

export type Score = {
  readonly name?: string;
  readonly value?: Json;
  readonly [key: string]: Json | undefined;
};

export type TraceSummary = {
  readonly trace_id: string;
  readonly root_span_id?: string;
  readonly name: string;
  readonly start_unix_nanos: string;
  readonly duration_nanos?: string;
  /** Of a running trace, its last sign of life. */
  readonly last_seen_unix_nanos?: string;
  readonly status: TraceStatus;
  readonly span_count: number;
  readonly error_count: number;
  readonly folded_count: number;
  readonly llm_call_count: number;
  readonly tool_call_count: number;
  readonly models: readonly string[];
  readonly providers: readonly string[];
  readonly usage: Usage;
  readonly cost_usd?: string;
  readonly cost_status?: CostStatus;
  readonly ttft_nanos?: string;
  readonly session_id?: string;
  readonly user_id?: string;
  readonly service_name?: string;
  readonly environment?: string;
  readonly release?: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly workflow_name?: string;
  readonly prompt_names: readonly string[];
  readonly input_preview?: string;
  readonly output_preview?: string;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly scores: readonly Score[];
};

/** One part of a message, in the shapes of the OTel GenAI conventions. Unknown types are kept. */
export type MessagePart =
  | { readonly type: "text"; readonly content: string }
  | { readonly type: "reasoning"; readonly content: string }
  | {
      readonly type: "tool_call";
      readonly id?: string;
      readonly name: string;
      readonly arguments?: Json;
    }
  | { readonly type: "tool_call_response"; readonly id?: string; readonly response?: Json }
  | {
      readonly type: "uri";
      readonly uri: string;
      readonly modality?: string;
      readonly mime_type?: string;
    }
  | {
      readonly type: "blob";
      readonly content: string;
      readonly modality?: string;
      readonly mime_type?: string;
    }
  | {
      readonly type: "file";
      readonly file_id?: string;
      readonly modality?: string;
      readonly mime_type?: string;
    }
  | { readonly type: "other"; readonly raw: JsonObject };

export type Message = {
  readonly role: string;
  readonly parts: readonly MessagePart[];
  readonly name?: string;
  readonly finish_reason?: string;
};

export type ToolCall = { readonly id?: string; readonly name: string; readonly arguments?: Json };

export type ToolDefinition = {
  readonly name?: string;
  readonly description?: string;
  readonly raw: Json;
};

export type RetrievedDocument = {
  readonly id?: string;
  readonly score?: number;
  readonly content?: Json;
  readonly metadata?: Json;
};

export type SpanEvent = {
  readonly name: string;
  readonly time_unix_nanos: string;
  readonly attributes: JsonObject;
};

export type SpanLink = {
  /** `causes`, `resumes`, `evaluates`, `batch`, `transport` */
  readonly type?: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly trace_state?: string;
  readonly attributes: JsonObject;
};

/** Short texts that place a span among others. */
export type SpanLabels = {
  readonly framework?: string;
  readonly request_id?: string;
  readonly previous_response_id?: string;
  readonly service_tier?: string;
  readonly processing?: string;
  readonly output_type?: string;
  readonly customer_id?: string;
  readonly agent_id?: string;
  readonly agent_version?: string;
  readonly agent_run_id?: string;
  readonly agent_parent_id?: string;
  readonly handoff_from?: string;
  readonly handoff_to?: string;
  readonly workflow_run_id?: string;
  readonly step_path?: string;
  readonly node_parent_id?: string;
  readonly checkpoint_id?: string;
  readonly prompt_label?: string;
  readonly tool_type?: string;
  readonly tool_description?: string;
  readonly data_source?: string;
  readonly experiment_id?: string;
  readonly experiment_name?: string;
  readonly dataset_id?: string;
  readonly dataset_item_id?: string;
};

export type Span = SpanLabels & {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  /** The parent after repair and noise folding; absent for a shown root. */
  readonly effective_parent_id?: string;
  readonly name: string;
  readonly raw_name?: string;
  /** The OTLP kind: `internal`, `server`, `client`, … */
  readonly kind?: string;
  readonly start_unix_nanos: string;
  /** Absent while the span runs. */
  readonly end_unix_nanos?: string;
  /** Of a running span: the latest sign of it or of anything below it. */
  readonly last_seen_unix_nanos?: string;
  readonly obs_type?: string;
  readonly operation?: string;
  readonly billing?: "leaf" | "aggregate" | "none";
  /** The other trace in which this very call is billed. */
  readonly billed_in?: string;
  /** `log` where a log record stands for a span. */
  readonly origin?: string;
  /** `app`, `infra`, `protocol`, `internal`, `duplicate`, `partial` */
  readonly visibility?: string;
  readonly status: SpanStatus;
  readonly status_message?: string;
  readonly error_type?: string;
  readonly http_status?: number;
  /** What the provider's headers said of its limits, and how often the request was sent again. */
  readonly rate_limit?: JsonObject;
  readonly provider?: string;
  readonly request_model?: string;
  readonly response_model?: string;
  readonly model_params?: JsonObject;
  readonly finish_reasons: readonly string[];
  readonly response_id?: string;
  readonly stream?: boolean;
  readonly ttft_nanos?: string;
  readonly usage: Usage;
  readonly usage_confidence?: string;
  readonly cost_usd?: string;
  readonly cost_status?: CostStatus;
  readonly input?: Json;
  readonly output?: Json;
  readonly input_messages: readonly Message[];
  readonly output_messages: readonly Message[];
  readonly system_instructions: readonly MessagePart[];
  readonly tool_definitions: readonly ToolDefinition[];
  readonly tool_calls: readonly ToolCall[];
  readonly tool_name?: string;
  readonly tool_call_id?: string;
  readonly documents: readonly RetrievedDocument[];
  readonly query?: string;
  /** The state of the workflow around a step. */
  readonly state_before?: Json;
  readonly state_after?: Json;
  readonly state_delta?: Json;
  readonly session_id?: string;
  readonly user_id?: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly agent_name?: string;
  readonly workflow_name?: string;
  readonly step_name?: string;
  readonly step_index?: number;
  readonly attempt?: number;
  readonly prompt_name?: string;
  readonly prompt_version?: string;
  readonly service_name?: string;
  readonly environment?: string;
  readonly release?: string;
  readonly scope_name?: string;
  readonly scope_version?: string;
  readonly dialects: readonly string[];
  readonly attributes: JsonObject;
  readonly resource: JsonObject;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly notes: readonly string[];
  /** First characters of what went in and came out, for a row whose contents are not there. */
  readonly input_preview?: string;
  readonly output_preview?: string;
};

/** A parent that has not come; spans below it name it as their parent. */
export type Placeholder = {
  readonly span_id: string;
  /** The span or placeholder it hangs under, where a pending span tells. */
  readonly parent_id?: string;
  readonly name?: string;
  readonly obs_type?: string;
  readonly start_unix_nanos: string;
  readonly last_seen_unix_nanos: string;
  readonly child_count: number;
  /** The pending span that announced it. */
  readonly pending_span_id?: string;
};

export type LogRecord = {
  readonly time_unix_nanos: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly severity?: string;
  readonly event_name?: string;
  readonly body?: Json;
  readonly attributes: JsonObject;
};

export type TraceDetail = {
  readonly trace: TraceSummary;
  readonly spans: readonly Span[];
  readonly placeholders: readonly Placeholder[];
  readonly logs: readonly LogRecord[];
  /** The project the trace lies in, when the answer names it. */
  readonly project?: string;
};

/** A trace as a page shows it. */
export type ShownTrace = TraceDetail & {
  /** Whether contents come span by span, as those of a large trace do. */
  readonly apart: boolean;
  /** Later spans that are in no answer, as there are more than the server reads at once. */
  readonly leftOut: number;
};

/** One span with its content, and the log records shown with it. */
export type SpanContent = { readonly span: Span; readonly logs: readonly LogRecord[] };

/** Where one canonical value of a span came from. */
export type ValueSource = {
  /** `kind` stands for type, billing and operation together. */
  readonly field: string;
  /** `attribute gen_ai.request.model` */
  readonly place: string;
  /** The vocabulary whose rule it is. */
  readonly dialect: string;
  /** Among the rules of the field; the lowest that gives a value wins. */
  readonly rank: number;
  /** How the value is written there, where that is not plain. */
  readonly reading?: string;
  /** What else was there, with a higher rank. */
  readonly passed_over: readonly string[];
};

/** A value that the trace gives or changes. */
export type TraceChange = {
  readonly field: string;
  readonly alone?: string;
  readonly in_trace?: string;
};

/** How a span was understood; it comes without contents, which the span of the trace has. */
export type Explanation = {
  readonly span: Span & { readonly mapping_version?: number };
  readonly sources: readonly ValueSource[];
  readonly from_trace: readonly TraceChange[];
  readonly visibility_reason: string;
  readonly unread: readonly string[];
  readonly stored_mapping_version: number;
};

/** Which entry of which price table holds. */
export type PriceMatch = {
  readonly table: string;
  readonly asked_model: string;
  readonly provider?: string;
  readonly model: string;
  readonly row?: number;
  readonly how: string;
};

/** One position of the bill; its count leaves out the parts that have lines of their own. */
export type BillLine = {
  readonly unit: string;
  readonly count: number;
  readonly unit_price_usd: string;
  /** How many of the unit the price is for. */
  readonly per: number;
  readonly cost_usd: string;
  readonly above_input_tokens?: number;
};

/** How a span's cost comes about, by the price tables of today. */
export type CostAccount = {
  readonly start_unix_nanos: string;
  readonly provider?: string;
  readonly request_model?: string;
  readonly response_model?: string;
  readonly service_tier?: string;
  readonly processing?: string;
  readonly match?: PriceMatch;
  readonly lines: readonly BillLine[];
  readonly cost_reported_usd?: string;
  readonly cost_reported_place?: string;
  readonly cost_computed_usd?: string;
  readonly cost_usd?: string;
  readonly cost_status: CostStatus;
  readonly cost_source?: string;
  readonly cost_reason?: string;
  readonly choice: string;
  /** The price the span got when it was stored: lists and sums show this one. */
  readonly stored: {
    readonly cost_usd?: string;
    readonly cost_status: CostStatus;
    readonly cost_source?: string;
    readonly differs: boolean;
  };
  readonly billing: string;
  readonly billing_reason: string;
  readonly notes: readonly string[];
};

export type TracePage = {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor?: string;
  readonly total?: { readonly count: number; readonly exact: boolean };
};

export type Project = { readonly slug: string; readonly created_unix_nanos?: string };

export type About = {
  readonly version: string;
  readonly http: string;
  readonly grpc: string;
  readonly started_unix_nanos?: string;
  readonly data_dir?: string;
};

/** One request the receiver saw, whether or not it was accepted. */
export type ReceiverEvent = {
  readonly sequence: number;
  readonly time_unix_nanos: string;
  readonly peer?: string;
  readonly user_agent?: string;
  readonly protocol: string;
  readonly signal: string;
  readonly path?: string;
  readonly encoding?: string;
  readonly bytes?: number;
  readonly status: number;
  readonly outcome: "accepted" | "partial" | "rejected";
  readonly reason?: string;
  readonly hint?: string;
  readonly project?: string;
  readonly records?: number;
  readonly stored?: number;
  /** Spans recognised as model calls. */
  readonly llm_calls: number;
  /** Whether one of them carried messages. */
  readonly content: boolean;
  readonly trace_id?: string;
};

/** What became of records; `received` is the sum of the rest. */
export type LedgerCounts = {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly updated: number;
  readonly sampled_out: number;
  /** By reason. */
  readonly rejected: { readonly [reason: string]: number };
};

/** What came over one protocol since the server started. */
export type ProtocolCounts = {
  readonly protocol: string;
  readonly requests_accepted: number;
  readonly requests_refused: number;
  readonly records: number;
  readonly bytes: number;
};

/** Requests turned away as a whole with one status. */
export type RefusedRequests = {
  readonly status: number;
  readonly reason: string;
  readonly requests: number;
  readonly last_unix_nanos: string;
  readonly last_detail: string;
};

export type LimitInForce = {
  readonly name: string;
  readonly value: number;
  readonly unit: "bytes" | "count" | "seconds";
  readonly about: string;
};

/** How the server is doing. */
export type SystemStatus = {
  readonly now_unix_nanos: string;
  readonly about: About;
  readonly uptime_nanos: string;
  readonly state: {
    readonly name: "accepting" | "held_up" | "stopped";
    readonly reason?: string;
  };
  readonly ingest: {
    readonly records_per_second: number;
    readonly bytes_per_second: number;
    /** Whole seconds that the means are over. */
    readonly seconds: number;
    /** Of the last minute, oldest first. */
    readonly records_by_second: readonly number[];
    readonly protocols: readonly ProtocolCounts[];
  };
  readonly refused: readonly RefusedRequests[];
  readonly in_flight: {
    readonly requests: number;
    readonly requests_max: number;
    readonly bytes: number;
    readonly bytes_max: number;
  };
  /** How long batches took from decoded to on disk; absent before the first. */
  readonly appends: {
    readonly count: number;
    readonly p50_nanos?: string;
    readonly p95_nanos?: string;
    readonly longest_nanos?: string;
  };
  readonly ledger: { readonly from_unix_nanos?: string; readonly counts: LedgerCounts };
  readonly storage: {
    readonly memory_rows: number;
    readonly memory_bytes: number;
    readonly wal_bytes: number;
    readonly segments: number;
    readonly segment_rows: number;
    readonly segment_bytes: number;
    readonly disk_free_bytes?: number;
    readonly disk_total_bytes?: number;
  };
  /** Stored data that cannot be read, or was lost. */
  readonly damaged: readonly { readonly name: string; readonly reason: string }[];
  readonly limits: readonly LimitInForce[];
};

/** These traces have new or changed spans. */
export type TracesChanged = { readonly traceIds: readonly string[]; readonly spans: number };
