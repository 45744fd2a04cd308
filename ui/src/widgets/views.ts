/** What a saved view and the address say together, on every page whose views are saved. */

import type { SavedView } from "../api/parse_views";
import { fitsLink } from "../base/search";

/** A page whose views are saved: where its address says what is shown, and how people call it. */
export type ViewedPage = {
  /** As the API and the address name it. */
  readonly page: string;
  /** The parameter with the words of the filter or the question. */
  readonly words: "q" | "sql";
  /** What one is called: `View`. */
  readonly noun: string;
  /** On the button while none is chosen. */
  readonly button: string;
  /** Above all of them. */
  readonly heading: string;
  /** What is saved: `list`. */
  readonly shown: string;
  /** The title where one is saved. */
  readonly title: string;
  readonly keeps: string;
  /** What is there after a view was removed, as a sentence. */
  readonly stays: string;
};

/** What views say, of the search of any page. */
export type ViewSearch = {
  readonly view?: string;
  readonly t?: string;
  readonly q?: string;
  readonly sql?: string;
};

/**
 * The search of a page: a link that names a view and neither words nor time shows what the view
 * says; any other link says so itself, and goes on to do so when the view has gone.
 */
export function searchOfView<S extends ViewSearch>(
  of: ViewedPage,
  search: S,
  view: SavedView | undefined,
): S {
  return view && namesViewOnly(of, search) ? searchOf(of, view, search) : search;
}

/** Whether what the page shows is for the view to say. */
export function namesViewOnly(of: ViewedPage, search: ViewSearch): boolean {
  return search.view !== undefined && search[of.words] === undefined && search.t === undefined;
}

/** Whether the page shows something else than the view says. */
export function isEdited(of: ViewedPage, search: ViewSearch, view: SavedView): boolean {
  return wordsOf(of, search) !== view.query || search.t !== view.range;
}

/** The filter or the question of a search, as views keep it. */
export function wordsOf(of: ViewedPage, search: ViewSearch): string {
  return search[of.words]?.trim() ?? "";
}

/** The search that shows a view. */
export function searchOf<S extends ViewSearch>(of: ViewedPage, view: SavedView, before: S): S {
  return { ...before, view: view.id, [of.words]: view.query || undefined, t: view.range };
}

/**
 * The next search as an address says it. One that has neither words nor time left is no edit of a
 * view any more; words that are too long for a link are left to the view that has them.
 */
export function addressOf<S extends ViewSearch>(
  of: ViewedPage,
  next: S,
  view: SavedView | undefined,
): S {
  const saysNothing = view?.query === "" && !view.range;
  if (namesViewOnly(of, next) && !saysNothing) return { ...next, view: undefined };
  const isOfView = view !== undefined && view.id === next.view && !isEdited(of, next, view);
  if (isOfView && !fitsLink(view.query)) return { ...next, [of.words]: undefined, t: undefined };
  return next;
}
