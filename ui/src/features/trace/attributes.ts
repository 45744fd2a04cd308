/** Attributes of a span in groups people look for, with the type each was sent as. */

import type { Span } from "../../api/types";
import { isObject, type Json } from "../../base/json";
import { jsonStart } from "./json_text";

export type Attribute = { readonly name: string; readonly value: Json; readonly type: string };
export type AttributeGroup = { readonly title: string; readonly attributes: readonly Attribute[] };

const PREFIXES: readonly (readonly [string, RegExp])[] = [
  [
    "GenAI",
    /^(gen_ai|llm|openinference|traceloop|ai|input|output|tool|embedding|retrieval|reranker|langfuse|session|user|metadata|tag|agent)(\.|_|$)/,
  ],
  ["HTTP", /^(http|url|server|client|net|network|user_agent|peer)\./],
];

/** Groups the attributes that match a filter over names and values; empty groups are left out. */
export function attributeGroups(span: Span, filter = ""): AttributeGroup[] {
  const wanted = filter.trim().toLowerCase();
  const groups = new Map<string, Attribute[]>([
    ["GenAI", []],
    ["HTTP", []],
    ["Other", []],
    ["Resource", []],
  ]);
  const add = (title: string, name: string, value: Json) => {
    if (wanted !== "" && !matches(name, value, wanted)) return;
    groups.get(title)?.push({ name, value, type: typeName(value) });
  };
  for (const [name, value] of Object.entries(span.attributes)) add(groupOf(name), name, value);
  for (const [name, value] of Object.entries(span.resource)) add("Resource", name, value);
  return [...groups].flatMap(([title, attributes]) =>
    attributes.length === 0
      ? []
      : { title, attributes: attributes.sort((a, b) => (a.name < b.name ? -1 : 1)) },
  );
}

/** The type of a value in plain words. */
export function typeName(value: Json): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "list";
  if (isObject(value)) return "bytes" in value && Object.keys(value).length === 1 ? "bytes" : "map";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value === "string") return /^-?\d{16,19}$/.test(value) ? "integer" : "text";
  return typeof value;
}

function groupOf(name: string): string {
  return PREFIXES.find(([, prefix]) => prefix.test(name))?.[0] ?? "Other";
}

const SEARCHED_CHARS_MAX = 100_000;

function matches(name: string, value: Json, wanted: string): boolean {
  if (name.toLowerCase().includes(wanted)) return true;
  return jsonStart(value, SEARCHED_CHARS_MAX).toLowerCase().includes(wanted);
}
