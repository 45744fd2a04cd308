/** The saved view that an address names, and what the page shows with it. */

import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries";
import type { RawSearch } from "../base/search";
import { namesViewOnly, searchOfView, type ViewedPage, type ViewSearch } from "./views";

type Reading<S> = {
  readonly read: (raw: RawSearch) => S;
  /** Names the parameters whose values cannot be used. */
  readonly invalid: (raw: RawSearch) => readonly string[];
};

export function useSavedView<S extends ViewSearch>(
  project: string,
  of: ViewedPage,
  raw: RawSearch,
  { read, invalid }: Reading<S>,
) {
  const search = read(raw);
  const views = useQuery({ ...queries.views(project), enabled: search.view !== undefined });
  const view = views.data?.find(({ id, page }) => id === search.view && page === of.page);
  const shown = searchOfView(of, search, view);
  const ignored = invalid(shown === search ? raw : { ...raw, ...shown });
  const gone = search.view !== undefined && views.isSuccess && !view;
  const unknown = namesViewOnly(of, search);
  return {
    view,
    /** What the page shows, as the address and the view say together. */
    shown,
    /** Parameters that say nothing. */
    ignored: gone ? [...ignored, "view"] : ignored,
    /** Without the view nobody knows yet what the page shows. */
    waits: unknown && views.isPending,
    error: unknown ? views.error : null,
    retry: () => views.refetch(),
  };
}
