/** Saved views of the list: shows them, and saves what the list shows now. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark } from "lucide-react";
import { useState } from "react";
import { remove, write } from "../../api/client";
import { parseView, type SavedView, type ViewTerms } from "../../api/parse_views";
import { queries, viewsAddress } from "../../api/queries";
import type { TracesSearch } from "../../base/search";
import { Button } from "../../kit/Button";
import { Menu, MenuGroup, MenuItem } from "../../kit/Menu";
import { say } from "../../widgets/toast";
import { RemoveViewDialog } from "./RemoveViewDialog";
import { SaveViewDialog } from "./SaveViewDialog";
import styles from "./ViewsMenu.module.css";
import { isEdited } from "./views";

type ViewsMenuProps = {
  readonly project: string;
  /** What the list shows. */
  readonly search: TracesSearch;
  readonly view?: SavedView;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onChoose: (view: SavedView | undefined) => void;
};

export function ViewsMenu({ project, search, view, open, onOpenChange, onChoose }: ViewsMenuProps) {
  const views = useQuery(queries.views(project));
  const ofTraces = (views.data ?? []).filter((known) => known.page === "traces");
  const [dialog, setDialog] = useState<"save" | "remove">();
  const close = () => setDialog(undefined);
  const edited = view !== undefined && isEdited(search, view);
  const { save, drop } = useViewChanges(project, onChoose, close);
  const terms = (name: string): ViewTerms => ({
    name,
    page: "traces",
    query: search.q?.trim() ?? "",
    range: search.t,
  });

  const label = view ? `View: ${view.name}${edited ? ", edited" : ""}` : "Views";
  const button = (
    <Button icon={<Bookmark size={14} aria-hidden="true" />} aria-label={label}>
      <span className={styles.name}>{view?.name ?? "Views"}</span>
      {edited && <span className={styles.dot} aria-hidden="true" />}
    </Button>
  );
  return (
    <>
      <Menu button={button} placement="bottom-end" open={open} onOpenChange={onOpenChange}>
        <MenuGroup label="Saved views">
          {ofTraces.map((known) => (
            <MenuItem
              key={known.id}
              checked={known.id === view?.id}
              note={known.range ?? "all time"}
              onSelect={() => onChoose(known)}
            >
              {known.name}
            </MenuItem>
          ))}
          {ofTraces.length === 0 && (
            <p className={styles.none}>{views.isError ? views.error.message : "None yet"}</p>
          )}
        </MenuGroup>
        <MenuGroup label="This list">
          {view && edited && (
            <MenuItem onSelect={() => save.mutate({ id: view.id, terms: terms(view.name) })}>
              Update {view.name}
            </MenuItem>
          )}
          <MenuItem onSelect={() => setDialog("save")}>Save as...</MenuItem>
          {view && <MenuItem onSelect={() => onChoose(undefined)}>Leave the view</MenuItem>}
          {view && <MenuItem onSelect={() => setDialog("remove")}>Remove {view.name}...</MenuItem>}
        </MenuGroup>
      </Menu>
      <SaveViewDialog
        open={dialog === "save"}
        mistake={save.error?.message}
        onClose={() => {
          save.reset();
          close();
        }}
        onSave={(name) => save.mutate({ terms: terms(name) })}
      />
      {view && (
        <RemoveViewDialog
          name={view.name}
          open={dialog === "remove"}
          mistake={drop.error?.message}
          onClose={close}
          onRemove={() => drop.mutate(view)}
        />
      )}
    </>
  );
}

function useViewChanges(
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
  const drop = useMutation({
    mutationFn: (view: SavedView) => remove(`${address}/${view.id}`),
    onSuccess: async (_, view) => {
      onChoose(undefined);
      onDone();
      await refetch();
      say(`Removed ${view.name}`);
    },
  });
  return { save, drop };
}
