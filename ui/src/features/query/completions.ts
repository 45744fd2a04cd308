/** What the editor offers while a question is typed: columns of the tables it reads, and functions. */

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { SqlTable } from "../../api/parse_sql";
import { aboutColumn, tablesNamed } from "./schema";

/** Functions that questions about traces use most, and what they give. */
const FUNCTIONS: readonly (readonly [name: string, about: string])[] = [
  ["approx_percentile_cont", "(value, 0.95): the 95th percentile, nearly"],
  ["avg", "the mean of known values"],
  ["coalesce", "the first that is known"],
  ["count", "how many rows, or how many are known"],
  ["date_trunc", "('hour', time): the start of the hour"],
  ["json_get", "(json, 'items[*].id'): the value at a place, as text"],
  ["last_value", "(value ORDER BY time): the last one"],
  ["max", "the largest"],
  ["min", "the least"],
  ["now", "the moment of the question"],
  ["round", "(number, places)"],
  ["sum", "the sum of known values"],
];

/** Tables with their columns, as the language support takes them for what follows a point. */
export function namespaceOf(tables: readonly SqlTable[]): Record<string, readonly Completion[]> {
  return Object.fromEntries(tables.map((table) => [table.name, columnsOf(table)]));
}

/** Offers what stands for itself, without a table and a point before it. */
export function offer(
  tables: readonly SqlTable[],
  context: CompletionContext,
): CompletionResult | null {
  const word = context.matchBefore(/\w+/);
  if (!word && !context.explicit) return null;
  const from = word?.from ?? context.pos;
  if (context.state.sliceDoc(from - 1, from) === ".") return null;
  return { from, options: options(context.state.doc.toString(), tables), validFor: /^\w*$/ };
}

/** Each column once, though several tables may have it. */
export function options(sql: string, tables: readonly SqlTable[]): readonly Completion[] {
  const columns = new Map<string, Completion>();
  for (const table of tablesNamed(sql, tables)) {
    for (const completion of columnsOf(table)) {
      if (!columns.has(completion.label)) columns.set(completion.label, completion);
    }
  }
  const functions = FUNCTIONS.map(
    ([label, info]): Completion => ({ label, type: "function", info, apply: `${label}(` }),
  );
  return [...columns.values(), ...functions];
}

function columnsOf({ name, columns }: SqlTable): readonly Completion[] {
  return columns.map((column) => ({
    label: column.name,
    type: "property",
    detail: column.type,
    info: `${aboutColumn(column)}, of ${name}`,
    // Before the keywords, of which there are hundreds.
    boost: 1,
  }));
}
