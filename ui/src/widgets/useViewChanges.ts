/** Saves, renames and removes views; what came of it is said, and the lists of views follow. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { remove, write } from "../api/client";
import { parseView, type SavedView, type ViewTerms } from "../api/parse_views";
import { queries, viewsAddress } from "../api/queries";
import { say } from "./toast";

export function useViewChanges(
  project: string,
  onChoose: (view: SavedView | undefined) => void,
  onDone: () => void,
) {
  const client = useQueryClient();
  const address = viewsAddress(project);
  const refetch = () => client.invalidateQueries(queries.views(project));
  const save = useMutation({
    mutationFn: ({ id, terms }: { readonly id?: string; readonly terms: ViewTerms }) =>
      id
        ? write("PUT", `${address}/${id}`, terms, parseView)
        : write("POST", address, terms, parseView),
    onSuccess: async (saved) => {
      await refetch();
      onChoose(saved);
      onDone();
      say(`Saved ${saved.name}`);
    },
  });
  const rename = useMutation({
    mutationFn: ({ view: { id, ...terms }, name }: { view: SavedView; name: string }) =>
      write("PUT", `${address}/${id}`, { ...terms, name }, parseView),
    onSuccess: async ({ name }) => {
      await refetch();
      onDone();
      say(`Renamed to ${name}`);
    },
  });
  const drop = useMutation({
    mutationFn: (view: SavedView) => remove(`${address}/${view.id}`),
    onSuccess: async (_, view) => {
      onChoose(undefined);
      onDone();
      await refetch();
      say(`Removed ${view.name}`);
    },
  });
  return { save, rename, drop };
}
