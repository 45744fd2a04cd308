/** What a saved view and the address say together. */

import type { SavedView } from "../../api/parse_views";
import type { TracesSearch } from "../../base/search";

/**
 * The search of a list: a link that names a view and neither filter nor time shows what the view
 * says; any other link says so itself, and goes on to do so when the view has gone.
 */
export function searchOfView(search: TracesSearch, view: SavedView | undefined): TracesSearch {
  if (!view || !namesViewOnly(search)) return search;
  return { ...search, q: view.query || undefined, t: view.range };
}

/** Whether what the list shows is for the view to say. */
export function namesViewOnly(search: TracesSearch): boolean {
  return search.view !== undefined && search.q === undefined && search.t === undefined;
}

/** Whether the list shows something else than the view says. */
export function isEdited(search: TracesSearch, view: SavedView): boolean {
  return (search.q?.trim() ?? "") !== view.query || search.t !== view.range;
}

/** The search that shows a view. */
export function searchOf(view: SavedView, before: TracesSearch): TracesSearch {
  return { ...before, view: view.id, q: view.query || undefined, t: view.range };
}

/** The next search; one that has neither filter nor time left is no edit of a view any more. */
export function withoutEmptyView(next: TracesSearch, view: SavedView | undefined): TracesSearch {
  const saysNothing = view?.query === "" && !view.range;
  const wouldFillIn = namesViewOnly(next) && !saysNothing;
  return wouldFillIn ? { ...next, view: undefined } : next;
}
