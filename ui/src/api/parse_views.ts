/** Saved views, as they come in and go out. */

import { list, object, text, textOr } from "./shape";

/** A list or a question in SQL with a name, shared by all who may read the project. */
export type SavedView = {
  readonly id: string;
  readonly name: string;
  /** What it shows: `traces`, `spans`, `sessions`, `logs`, or `query` for SQL. */
  readonly page: string;
  /** The filter, empty takes everything; of `query`, the SQL. */
  readonly query: string;
  /** The `t` parameter; absent covers all time. */
  readonly range?: string;
  /** Of a list, in their order; nobody chooses them on the screen yet. */
  readonly columns: readonly string[];
};

/** What a view is to say. */
export type ViewTerms = Omit<SavedView, "id">;

export function parseViews(value: unknown): readonly SavedView[] {
  return list(object(value, "views").views).map(parseView);
}

export function parseView(value: unknown): SavedView {
  const view = object(value, "view");
  return {
    id: text(view, "id"),
    name: text(view, "name"),
    page: text(view, "page"),
    query: textOr(view.query, ""),
    range: textOr(view.range, "") || undefined,
    columns: list(view.columns)
      .map((column) => textOr(column, ""))
      .filter(Boolean),
  };
}
