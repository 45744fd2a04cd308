/** What a cell of an answer shows: its words, all of it, and where it leads. */

import type { SqlColumn } from "../../api/parse_sql";
import { formatDuration, formatNumber, MISSING, nanosFrom } from "../../base/format";
import { spanIdValid, traceIdValid } from "../../base/ids";
import { type Json, type JsonObject, jsonInside } from "../../base/json";
import { formatTime, momentFromIso } from "../../base/time";
import { timeTitle } from "../../widgets/TimeText";

export type CellKind = "number" | "time" | "text";

export type Cell = {
  readonly text: string;
  /** What hovering tells beyond the words; empty where there is nothing more. */
  readonly title: string;
  /** An unknown value and an empty text are told apart from words that look like them. */
  readonly look: "plain" | "unknown" | "empty";
};

/** Longer texts are cut in the page as well as on the screen; the whole is one key away. */
const CELL_CHARS_MAX = 300;
const TITLE_CHARS_MAX = 2000;

const UNKNOWN: Cell = { text: MISSING, title: "Unknown (null)", look: "unknown" };
const EMPTY: Cell = { text: "empty", title: "A text without letters", look: "empty" };

/** How the values of a type are written. */
export function kindOf(type: string): CellKind {
  if (/^(BIGINT|INT|DOUBLE|DECIMAL|FLOAT|SMALLINT|U?Int\d|Float\d)/.test(type)) {
    return type.endsWith("[]") ? "text" : "number";
  }
  return type === "TIMESTAMP" ? "time" : "text";
}

/** Draws up a cell; `millis` where times of the column have fractions of seconds. */
export function cellOf(
  value: Json | undefined,
  { name, type }: SqlColumn,
  zone: string,
  millis: boolean,
): Cell {
  if (value === null || value === undefined) return UNKNOWN;
  if (value === "") return EMPTY;
  switch (kindOf(type)) {
    case "number":
      return { text: numberText(value), title: numberTitle(value, name, zone), look: "plain" };
    case "time":
      return timeCell(value, zone, millis);
    case "text": {
      const text = plainText(value);
      const line = text.slice(0, CELL_CHARS_MAX).replace(/\s+/g, " ").trim();
      return { text: line, title: text.slice(0, TITLE_CHARS_MAX), look: "plain" };
    }
  }
}

/** The value as it is copied: texts as they are, the rest as JSON has it; unknown is nothing. */
export function plainText(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value as it is read at leisure: JSON on many lines. */
export function wholeText(value: Json | undefined): string {
  const inside = typeof value === "string" ? jsonInside(value) : value;
  return typeof inside === "object" && inside !== null
    ? JSON.stringify(inside, null, 2)
    : plainText(value);
}

/** The trace a cell names, and the span where it names one of the same row's trace. */
export type CellTarget = { readonly traceId: string; readonly spanId?: string };

export function targetOf(row: JsonObject, { name }: SqlColumn): CellTarget | undefined {
  const id = row[name];
  if (typeof id !== "string") return undefined;
  if (namesTrace(name)) return traceIdValid(id) ? { traceId: id } : undefined;
  if (!namesSpan(name) || !spanIdValid(id)) return undefined;
  const traceId = row[name.replace(/(parent_|root_)?span_id$/, "trace_id")] ?? row.trace_id;
  if (typeof traceId !== "string" || !traceIdValid(traceId)) return undefined;
  return { traceId, spanId: id };
}

/** Whether the values of a column are ids of traces or spans. */
export function namesId({ name }: SqlColumn): boolean {
  return namesTrace(name) || namesSpan(name);
}

const namesTrace = (name: string) => /(^|_)trace_id$/.test(name) || name === "billed_in";
const namesSpan = (name: string) => /(^|_)span_id$/.test(name);

function numberText(value: Json): string {
  return typeof value === "number" || typeof value === "string"
    ? formatNumber(value)
    : plainText(value);
}

/** Every digit; of nanoseconds, what they come to. */
function numberTitle(value: Json, name: string, zone: string): string {
  const digits = plainText(value);
  const nanos = name.endsWith("_nanos") ? nanosFrom(digits) : undefined;
  if (nanos === undefined) return digits;
  const meaning = name.endsWith("unix_nanos")
    ? formatTime(nanos, zone, "full-millis")
    : formatDuration(nanos);
  return `${digits}\n${meaning}`;
}

function timeCell(value: Json, zone: string, millis: boolean): Cell {
  const moment = typeof value === "string" ? momentFromIso(value) : undefined;
  if (moment === undefined) return { text: plainText(value), title: "", look: "plain" };
  const style = millis ? "full-millis" : "full";
  return { text: formatTime(moment, zone, style), title: timeTitle(moment, zone), look: "plain" };
}
