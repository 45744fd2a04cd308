/** One line that says what a span did: the tool it asked for, its answer, its documents, its error. */

import type { Message, Span, ToolCall } from "../../api/types";
import type { Json } from "../../base/json";
import { kindOf } from "../../base/kinds";
import { jsonStart } from "./json_text";
import { plainLine } from "./plain";

const CHARS_MAX = 160;

const made = new WeakMap<Span, string>();

/** What is said of a span that stands for a log record. */
export const MADE_FROM_LOG = "made from a log record";

/** What is said of a call that is in this trace and paid for in another. */
export const BILLED_ELSEWHERE = "billed in another trace";

/** The preview of a span; made once. */
export function previewOfSpan(span: Span): string {
  const known = made.get(span);
  if (known !== undefined) return known;
  const text = plainLine(previewText(span), CHARS_MAX);
  made.set(span, text);
  return text;
}

/** What a failure says about itself: its message, else its type. */
export function errorText(span: Span): string | undefined {
  if (span.status !== "error") return undefined;
  const message = exceptionOf(span)?.["exception.message"];
  const text = span.status_message || (typeof message === "string" ? message : "");
  return text || span.error_type || "failed";
}

/** The attributes of the last exception recorded on a span. */
export function exceptionOf(span: Span): Readonly<Record<string, Json>> | undefined {
  return span.events.findLast((event) => event.name === "exception")?.attributes;
}

/** The model a span was answered by, else the one it asked for. */
export function modelOf(span: Span): string | undefined {
  return span.response_model ?? span.request_model;
}

/** What a span is called: `chat gpt-5-mini` and `invoke_agent triage` go by the second word. */
export function titleOf(span: Span): string {
  const rest = span.name.slice((span.operation?.length ?? 0) + 1);
  const things = [span.request_model, span.response_model, span.agent_name, span.tool_name];
  if (span.operation && span.name === `${span.operation} ${rest}` && things.includes(rest)) {
    return rest;
  }
  return span.name || (modelOf(span) ?? "(no name)");
}

function previewText(span: Span): string {
  const error = errorText(span);
  // An agent fails because something in it did, which says so itself; its question says more.
  const asked = kindOf(span.obs_type) === "agent" ? agentPreview(span) : "";
  if (asked !== "") return asked;
  if (error !== undefined) return error;
  switch (kindOf(span.obs_type)) {
    case "llm":
      return llmPreview(span);
    case "retrieval":
      return documentsPreview(span) || tail(span);
    case "rerank":
      return [modelOf(span), documentsPreview(span)].filter(Boolean).join(" · ") || tail(span);
    case "embedding":
      return modelOf(span) ?? tail(span);
    case "agent":
      return (
        lastText(span.input_messages, "user") || jsonStart(span.input, CHARS_MAX) || tail(span)
      );
    default:
      return tail(span);
  }
}

function agentPreview(span: Span): string {
  return (
    lastText(span.input_messages, "user") ||
    jsonStart(span.input, CHARS_MAX) ||
    (span.input_preview ?? "")
  );
}

function llmPreview(span: Span): string {
  const calls = callsOf(span);
  if (calls.length > 0) return `→ ${calls.map(callText).join(", ")}`;
  return tail(span);
}

/** Output, else input: for most spans the result says more than the question. */
function tail(span: Span): string {
  return contentTail(span) || (span.output_preview ?? span.input_preview ?? "");
}

function contentTail(span: Span): string {
  return (
    lastText(span.output_messages) ||
    jsonStart(span.output, CHARS_MAX) ||
    lastText(span.input_messages, "user") ||
    jsonStart(span.input, CHARS_MAX) ||
    jsonStart(span.query, CHARS_MAX)
  );
}

function callsOf(span: Span): readonly ToolCall[] {
  const parts = span.output_messages.flatMap((message) => message.parts);
  const calls = parts.filter((part) => part.type === "tool_call");
  return calls.length > 0 ? calls : span.tool_calls;
}

/** `get_order("4821")`: values only, as one would write the call. */
function callText(call: ToolCall): string {
  const given = call.arguments;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return `${call.name}(${jsonStart(given, 60)})`;
  }
  const values = Object.values(given)
    .slice(0, 4)
    .map((value) => jsonStart(value, 40));
  return `${call.name}(${values.join(", ")})`;
}

function documentsPreview(span: Span): string {
  const count = span.documents.length;
  if (count === 0) return "";
  const scores = span.documents.flatMap(({ score }) => (typeof score === "number" ? score : []));
  const best = scores.reduce((top, score) => Math.max(top, score), Number.NEGATIVE_INFINITY);
  const words = count === 1 ? "1 document" : `${count} documents`;
  return scores.length > 0 ? `${words} · top ${best.toFixed(2)}` : words;
}

function lastText(messages: readonly Message[], role?: string): string {
  for (const message of messages.toReversed()) {
    if (role !== undefined && message.role !== role) continue;
    const part = message.parts.findLast((item) => item.type === "text");
    if (part?.type === "text" && part.content.trim() !== "") {
      return part.content.slice(0, CHARS_MAX * 4);
    }
  }
  return "";
}
