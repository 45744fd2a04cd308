/** Where the values of a span come from, as rows: what the sender told, then what the trace added. */

import { sourceOf } from "../../api/parse";
import type { Explanation, Span, TraceChange } from "../../api/types";
import { formatDuration, formatPlural, nanosFrom } from "../../base/format";
import { isObject, type Json } from "../../base/json";
import { jsonStart } from "./json_text";

export type SourceRow = {
  readonly field: string;
  /** Short; absent where the span has no value of its own under this name. */
  readonly value: string | undefined;
  /** Absent where no rule gave the value: the trace did. */
  readonly told: ToldBy | undefined;
  readonly fromTrace: boolean;
  /** Of a value that the trace changes: what it is without the trace. */
  readonly alone: string | undefined;
};

export type ToldBy = {
  readonly place: string;
  readonly dialect: string;
  readonly rank: number;
  readonly reading: string | undefined;
  readonly passedOver: readonly string[];
};

const VALUE_CHARS_MAX = 80;

/** Lists too long for a line, and what one of their items is called. */
const COUNTED: Readonly<Record<string, string>> = {
  input_messages: "message",
  output_messages: "message",
  system_instructions: "part",
  tool_definitions: "tool",
  tool_calls: "call",
  documents: "document",
};

/** Fields whose value has another name in the answer. */
const VALUE_NAMES: Readonly<Record<string, string>> = {
  ttft: "ttft_nanos",
  cost_reported: "cost_reported_usd",
  top_k: "retrieval_top_k",
};

/**
 * One row a field, in the order of the answer. The explanation has no contents; those of the
 * span, as the trace came with it, stand in for them.
 */
export function sourceRows(explanation: Explanation, span: Span): SourceRow[] {
  const changes = new Map(explanation.from_trace.map((change) => [change.field, change]));
  // Said in a sentence of its own.
  changes.delete("visibility");
  const rows: SourceRow[] = explanation.sources.map((source) => {
    const change = changes.get(source.field);
    changes.delete(source.field);
    const { place, dialect, rank, reading, passed_over: passedOver } = source;
    return {
      field: source.field,
      value: change?.in_trace ?? shownValue(source.field, explanation.span, span),
      // The same place may stand under several rules.
      told: { place, dialect, rank, reading, passedOver: [...new Set(passedOver)] },
      fromTrace: change !== undefined,
      alone: change?.alone,
    };
  });
  return [...rows, ...[...changes.values()].map(rowOfChange)];
}

function rowOfChange(change: TraceChange): SourceRow {
  return {
    field: change.field,
    value: change.in_trace,
    told: undefined,
    fromTrace: true,
    alone: change.alone,
  };
}

function shownValue(field: string, explained: Span, span: Span): string | undefined {
  if (field === "kind") {
    const words = [explained.obs_type, explained.operation, explained.billing];
    return [...new Set(words.filter(Boolean))].join(" · ");
  }
  const value = fieldOf(explained, field) ?? fieldOf(span, field);
  if (value === undefined || value === null) return undefined;
  if (field === "ttft" && typeof value === "string") return formatDuration(nanosFrom(value));
  if (field === "cost_reported") return `$${value}`;
  const noun = COUNTED[field];
  if (noun !== undefined && Array.isArray(value)) return formatPlural(value.length, noun);
  return shortened(value);
}

/** Reads `usage.input_tokens` as a part of `usage`; an empty container says nothing. */
function fieldOf(span: Span, field: string): Json | undefined {
  const [name = "", ...part] = field.split(".");
  const source = sourceOf(span);
  const value = isObject(source) ? source[VALUE_NAMES[name] ?? name] : undefined;
  if (part.length > 0) return isObject(value) ? value[part.join(".")] : undefined;
  const empty = Array.isArray(value) ? value.length === 0 : isObject(value) && isEmpty(value);
  return empty ? undefined : value;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function shortened(value: Json): string {
  const words = Array.isArray(value) && value.every((item) => typeof item === "string");
  const text = words ? value.join(", ") : jsonStart(value, VALUE_CHARS_MAX + 1);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}

/** Why the span is shown or folded, in a sentence. */
export function visibilitySentence(explanation: Explanation): string {
  const change = explanation.from_trace.find(({ field }) => field === "visibility");
  const now = wordOf(explanation.span.visibility);
  if (change === undefined) return `${capital(now)}: ${explanation.visibility_reason}`;
  const alone = wordOf(change.alone);
  return `${capital(now)} because of its trace; alone it is ${alone}: ${explanation.visibility_reason}`;
}

function wordOf(visibility: string | undefined): string {
  return visibility === undefined || visibility === "app" ? "shown" : `folded as ${visibility}`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Says that lists show an older reading; undefined when they show this one. */
export function staleSentence(explanation: Explanation): string | undefined {
  const { stored_mapping_version: stored, span } = explanation;
  const today = span.mapping_version;
  if (today === undefined || stored >= today) return undefined;
  return `Lists show this span as mapping ${stored} understood it, today's is ${today}; \`clew renormalize\` brings it up to date`;
}
