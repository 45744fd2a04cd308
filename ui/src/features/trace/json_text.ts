/** Writes JSON as text without recursion: what senders nest ten thousand levels deep still prints. */

import type { Json, JsonObject } from "../../base/json";

type Token = { readonly text: string } | { readonly value: Json; readonly depth: number };

/** The whole value, indented by two spaces. */
export function jsonText(value: Json): string {
  return write(value, "  ", Number.POSITIVE_INFINITY);
}

/** The start of a value on one line; never walks further than it shows. */
export function jsonStart(value: Json | undefined, charsMax = 200): string {
  if (value === undefined || value === null) return "";
  const text =
    typeof value === "string" ? value.slice(0, charsMax * 4) : write(value, "", charsMax);
  return text.replace(/\s+/g, " ").trim().slice(0, charsMax);
}

function write(root: Json, indent: string, charsMax: number): string {
  const chunks: string[] = [];
  let chars = 0;
  const stack: Token[] = [{ value: root, depth: 0 }];
  for (let token = stack.pop(); token !== undefined && chars < charsMax; token = stack.pop()) {
    const text =
      "text" in token ? token.text : openOrLeaf(token.value, token.depth, indent, stack, charsMax);
    chunks.push(text);
    chars += text.length;
  }
  return chunks.join("");
}

/** Writes a leaf, or the bracket of a container whose content it puts on the stack. */
function openOrLeaf(
  value: Json,
  depth: number,
  indent: string,
  stack: Token[],
  charsMax: number,
): string {
  if (typeof value === "string")
    return JSON.stringify(value.slice(0, Math.min(charsMax, value.length)));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const entries = entriesOf(value, charsMax);
  if (entries.length === 0) return open + close;
  const line = (level: number) => (indent === "" ? "" : `\n${indent.repeat(Math.min(level, 200))}`);
  stack.push({ text: line(depth) + close });
  for (let last = entries.length - 1; last >= 0; last--) {
    const [label, child] = entries[last] as [string, Json];
    // Pushed in reverse: what is written last goes first.
    if (last < entries.length - 1) stack.push({ text: "," });
    stack.push({ value: child, depth: depth + 1 });
    stack.push({ text: line(depth + 1) + label });
  }
  return open;
}

/** Children with the text before each; a preview takes only as many as could show. */
function entriesOf(value: readonly Json[] | JsonObject, entriesMax: number): [string, Json][] {
  if (Array.isArray(value)) {
    return (value as readonly Json[])
      .slice(0, Math.min(entriesMax, value.length))
      .map((child) => ["", child]);
  }
  const entries: [string, Json][] = [];
  for (const name in value as JsonObject) {
    if (entries.length >= entriesMax) break;
    entries.push([`${JSON.stringify(name)}: `, (value as JsonObject)[name] as Json]);
  }
  return entries;
}
