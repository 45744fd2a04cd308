/**
 * The conversation of one model call: messages in order, each tool call joined with its response,
 * and what the call repeats from an earlier call of the same agent.
 */

import type { Message, MessagePart, Span } from "../../api/types";
import type { Json } from "../../base/json";
import { kindOf } from "../../base/kinds";
import { jsonText } from "./json_text";
import { at, spanAt } from "./model";
import type { DisplayTree } from "./tree";

type CallPart = Extract<MessagePart, { type: "tool_call" }>;
type ResponsePart = Extract<MessagePart, { type: "tool_call_response" }>;

export type PartView =
  | { readonly type: "call"; readonly call: CallPart; readonly response: ResponsePart | undefined }
  | {
      readonly type: "response";
      readonly part: ResponsePart;
      readonly toolName: string | undefined;
    }
  | { readonly type: "part"; readonly part: Exclude<MessagePart, CallPart | ResponsePart> };

export type MessageView = {
  /** Place among all messages of the call, from 0; joined ones count. */
  readonly place: number;
  readonly role: string;
  readonly name: string | undefined;
  readonly output: boolean;
  readonly finishReason: string | undefined;
  readonly parts: readonly PartView[];
};

/**
 * Messages of a call in reading order; a message whose parts were all joined elsewhere is left out.
 * A response after `border` is not joined to a call before it: what is new must not hide in what is old.
 */
export function conversationOf(span: Span, border = 0): MessageView[] {
  const all = [
    ...span.input_messages.map((message) => ({ message, output: false })),
    ...span.output_messages.map((message) => ({ message, output: true })),
  ];
  const join = joinCalls(
    all.map(({ message }) => message),
    border,
  );
  return all.flatMap(({ message, output }, place) => {
    const parts = message.parts.flatMap((part) => viewOf(part, join));
    if (parts.length === 0 && message.parts.length > 0) return [];
    return {
      place,
      role: message.role,
      name: message.name,
      output,
      finishReason: message.finish_reason,
      parts,
    };
  });
}

type Join = {
  readonly responseOf: ReadonlyMap<CallPart, ResponsePart>;
  readonly joined: ReadonlySet<ResponsePart>;
  readonly nameOf: ReadonlyMap<string, string>;
};

/** Pairs calls and responses by id, in order, so that a reused id pairs each with its own. */
function joinCalls(messages: readonly Message[], border: number): Join {
  const waiting = new Map<string, CallPart[]>();
  const nameOf = new Map<string, string>();
  const responseOf = new Map<CallPart, ResponsePart>();
  const joined = new Set<ResponsePart>();
  for (const [place, message] of messages.entries()) {
    if (place === border) waiting.clear();
    for (const part of message.parts) {
      if (part.type === "tool_call" && part.id) {
        nameOf.set(part.id, part.name);
        waiting.set(part.id, [...(waiting.get(part.id) ?? []), part]);
      } else if (part.type === "tool_call_response" && part.id) {
        const call = waiting.get(part.id)?.shift();
        if (call === undefined) continue;
        responseOf.set(call, part);
        joined.add(part);
      }
    }
  }
  return { responseOf, joined, nameOf };
}

function viewOf(part: MessagePart, join: Join): PartView | [] {
  switch (part.type) {
    case "tool_call":
      return { type: "call", call: part, response: join.responseOf.get(part) };
    case "tool_call_response":
      if (join.joined.has(part)) return [];
      return { type: "response", part, toolName: join.nameOf.get(part.id ?? "") };
    default:
      return { type: "part", part };
  }
}

export type Repeated = {
  /** Input messages that stand unchanged at the start of this call. */
  readonly count: number;
  /** Which call of the agent they were last part of, from 1. */
  readonly sinceCall: number;
  readonly sinceSpanId: string;
};

/** What a model call repeats from the one before it under the same parent. */
export function repeatedOf(tree: DisplayTree, node: number): Repeated | undefined {
  const span = spanAt(tree.model, node);
  if (span.input_messages.length === 0) return undefined;
  let earlier: Span | undefined;
  let calls = 0;
  for (const sibling of tree.childrenOf(at(tree.parent, node))) {
    if (sibling === node) break;
    const call = tree.model.spans[sibling];
    if (call === undefined || kindOf(call.obs_type) !== "llm" || call.input_messages.length === 0)
      continue;
    calls += 1;
    earlier = call;
  }
  if (earlier === undefined) return undefined;
  const count = samePrefix(
    [...earlier.input_messages, ...earlier.output_messages],
    span.input_messages,
  );
  return count === 0 ? undefined : { count, sinceCall: calls, sinceSpanId: earlier.span_id };
}

function samePrefix(before: readonly Message[], now: readonly Message[]): number {
  let count = 0;
  while (count < Math.min(before.length, now.length)) {
    const [a, b] = [before[count] as Message, now[count] as Message];
    if (a.role !== b.role || jsonText(a.parts as Json) !== jsonText(b.parts as Json)) break;
    count += 1;
  }
  return count;
}

/** How often each tool was called by a model call, by tool name. */
export function callCounts(span: Span): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const parts = [...span.input_messages, ...span.output_messages].flatMap(({ parts }) => parts);
  const inMessages = parts.filter((part) => part.type === "tool_call");
  for (const { name } of inMessages.length > 0 ? inMessages : span.tool_calls) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
