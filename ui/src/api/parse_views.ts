/** Saved views, as they come in and go out. */

import { list, object, text, textOr } from "./shape";

/** A list with a name, shared by all who may read the project. */
export type SavedView = {
  readonly id: string;
  readonly name: string;
  /** Which list it is of: `traces`, `spans`, `sessions` or `logs`. */
  readonly page: string;
  /** The filter; empty takes everything. */
  readonly query: string;
  /** The `t` parameter; absent covers all time. */
  readonly range?: string;
};

/** What a view is to say; nobody chooses columns yet. */
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
  };
}
