/** Answers to questions in SQL and the tables they may name, as they come in. */

import { isObject, type JsonObject } from "../base/json";
import { count, list, object, ShapeError, text, textOr } from "./shape";

/** What may be named in a question. */
export type SqlTable = {
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  readonly columns: readonly SqlTableColumn[];
};

export type SqlTableColumn = {
  readonly name: string;
  readonly type: string;
  /** What a number counts, or how a text is written; may be empty. */
  readonly unit: string;
  readonly about: string;
};

export type SqlColumn = {
  readonly name: string;
  /** As SQL calls it: `TEXT`, `BIGINT`, `DECIMAL(19,9)`, `TIMESTAMP`, `TEXT[]`, ... */
  readonly type: string;
};

export type SqlAnswer = {
  readonly columns: readonly SqlColumn[];
  /** Values by the names of columns; null is unknown. Decimals and long integers are texts. */
  readonly rows: readonly JsonObject[];
  /** Whether there are more rows than were asked for. */
  readonly cut: boolean;
  readonly cost: SqlCost;
};

/** What a question took: of the columns that were read, decoded. */
export type SqlCost = {
  readonly rows: number;
  readonly bytes: number;
  /** Nanoseconds, as a decimal string. */
  readonly nanos: string;
};

/** How far a question is. */
export type Progress = {
  /** Pieces of the store that are to be looked into, as far as that is known. */
  readonly parts: number;
  readonly partsDone: number;
  readonly rows: number;
};

export function parseProgress(value: unknown): Progress {
  const progress = object(value, "progress");
  const { parts, parts_done, rows } = progress;
  return { parts: count(parts), partsDone: count(parts_done), rows: count(rows) };
}

export function parseSqlTables(value: unknown): readonly SqlTable[] {
  return list(object(value, "tables").tables).map((item) => {
    const table = object(item, "tables");
    return {
      name: text(table, "name"),
      about: textOr(table.about, ""),
      columns: list(table.columns).map((entry) => {
        const column = object(entry, "columns");
        return {
          name: text(column, "name"),
          type: text(column, "type"),
          unit: textOr(column.unit, ""),
          about: textOr(column.about, ""),
        };
      }),
    };
  });
}

export function parseSqlAnswer(value: unknown): SqlAnswer {
  const answer = object(value, "answer");
  const cost = object(answer.cost, "cost");
  return {
    columns: list(answer.columns).map((item) => {
      const column = object(item, "columns");
      return { name: text(column, "name"), type: text(column, "type") };
    }),
    rows: rowsOf(answer.rows),
    cut: answer.cut === true,
    cost: { rows: count(cost.rows), bytes: count(cost.bytes), nanos: text(cost, "nanos") },
  };
}

/** Checked and not copied: there may be a hundred thousand. */
function rowsOf(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw new ShapeError("rows", "a list of objects");
  }
  return value;
}
