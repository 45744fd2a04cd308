/** The lines of the list of tables and columns, and what may be completed where. */

import type { SqlTable, SqlTableColumn } from "../../api/parse_sql";

export type SchemaRow =
  | {
      readonly kind: "table";
      readonly id: string;
      readonly table: SqlTable;
      readonly open: boolean;
    }
  | {
      readonly kind: "column";
      readonly id: string;
      readonly table: SqlTable;
      readonly column: SqlTableColumn;
    };

/** The lines in sight: of a search, all that have its words; else the columns of open tables. */
export function schemaRows(
  tables: readonly SqlTable[],
  open: ReadonlySet<string>,
  search: string,
): readonly SchemaRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: SchemaRow[] = [];
  for (const table of tables) {
    const columns = table.columns.filter((column) => matches(column, words));
    if (words.length > 0 && columns.length === 0) continue;
    const shown = words.length > 0 || open.has(table.name);
    rows.push({ kind: "table", id: table.name, table, open: shown });
    if (!shown) continue;
    for (const column of columns) {
      rows.push({ kind: "column", id: `${table.name}.${column.name}`, table, column });
    }
  }
  return rows;
}

function matches({ name, about, unit }: SqlTableColumn, words: readonly string[]): boolean {
  const text = `${name} ${about} ${unit}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The tables a question reads; all of them while it names none. */
export function tablesNamed(sql: string, tables: readonly SqlTable[]): readonly SqlTable[] {
  const names = new Set(
    [...sql.matchAll(/\b(?:from|join)\s+"?(\w+)"?/gi)].map(([, name]) => name?.toLowerCase()),
  );
  const named = tables.filter(({ name }) => names.has(name));
  return named.length > 0 ? named : tables;
}

/** What a column is, on one line: `read, cached ones included (tokens)`. */
export function aboutColumn({ unit, about }: SqlTableColumn): string {
  return unit && unit !== "count" ? `${about} (${unit.replaceAll("`", "")})` : about;
}
