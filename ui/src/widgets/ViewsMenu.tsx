/** Saved views of a page: shows them, and saves what the page shows now. */

import { useQuery } from "@tanstack/react-query";
import { Bookmark } from "lucide-react";
import { useState } from "react";
import type { SavedView, ViewTerms } from "../api/parse_views";
import { queries } from "../api/queries";
import { Button } from "../kit/Button";
import { Menu, MenuGroup, MenuItem } from "../kit/Menu";
import { RemoveViewDialog } from "./RemoveViewDialog";
import { useViewChanges } from "./useViewChanges";
import { ViewNameDialog } from "./ViewNameDialog";
import styles from "./ViewsMenu.module.css";
import { isEdited, type ViewedPage, type ViewSearch, wordsOf } from "./views";

type ViewsMenuProps = {
  readonly project: string;
  readonly of: ViewedPage;
  /** What the page shows. */
  readonly search: ViewSearch;
  readonly view?: SavedView;
  /** Why what the page shows is nothing to be saved. */
  readonly refusal?: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onChoose: (view: SavedView | undefined) => void;
};

export function ViewsMenu(props: ViewsMenuProps) {
  const { project, of, search, view, refusal, open, onOpenChange, onChoose } = props;
  const views = useQuery(queries.views(project));
  const ofPage = (views.data ?? []).filter((known) => known.page === of.page);
  const [dialog, setDialog] = useState<"save" | "rename" | "remove">();
  const { save, rename, drop } = useViewChanges(project, onChoose, () => setDialog(undefined));
  const close = () => {
    for (const change of [save, rename, drop]) change.reset();
    setDialog(undefined);
  };
  const edited = view !== undefined && isEdited(of, search, view);
  const terms = (name: string): ViewTerms => ({
    name,
    page: of.page,
    query: wordsOf(of, search),
    range: search.t,
    columns: view?.columns ?? [],
  });

  const noun = of.noun.toLowerCase();
  const label = view ? `${of.noun}: ${view.name}${edited ? ", edited" : ""}` : of.button;
  const button = (
    <Button icon={<Bookmark size={14} aria-hidden="true" />} aria-label={label}>
      <span className={styles.name}>{view?.name ?? of.button}</span>
      {edited && <span className={styles.dot} aria-hidden="true" />}
    </Button>
  );
  return (
    <>
      <Menu button={button} placement="bottom-end" open={open} onOpenChange={onOpenChange}>
        <MenuGroup label={of.heading}>
          {ofPage.map((known) => (
            <MenuItem
              key={known.id}
              checked={known.id === view?.id}
              note={known.range ?? "all time"}
              onSelect={() => onChoose(known)}
            >
              {known.name}
            </MenuItem>
          ))}
          {ofPage.length === 0 && (
            <p className={styles.none}>{views.isError ? views.error.message : "None yet"}</p>
          )}
        </MenuGroup>
        <MenuGroup label={`This ${of.shown}`}>
          {view && edited && (
            <MenuItem
              refusal={refusal}
              onSelect={() => save.mutate({ id: view.id, terms: terms(view.name) })}
            >
              Update the {noun}
            </MenuItem>
          )}
          <MenuItem refusal={refusal} onSelect={() => setDialog("save")}>
            Save as...
          </MenuItem>
          {view && (
            <>
              <MenuItem onSelect={() => setDialog("rename")}>Rename the {noun}...</MenuItem>
              <MenuItem onSelect={() => onChoose(undefined)}>Leave the {noun}</MenuItem>
              <MenuItem onSelect={() => setDialog("remove")}>Remove the {noun}...</MenuItem>
            </>
          )}
        </MenuGroup>
      </Menu>
      <ViewNameDialog
        title={of.title}
        about={`It keeps ${of.keeps}, for everybody in this project`}
        action="Save"
        open={dialog === "save"}
        mistake={save.error?.message}
        onClose={close}
        onName={(name) => save.mutate({ terms: terms(name) })}
      />
      {view && (
        <>
          <ViewNameDialog
            title={`Rename ${view.name}`}
            about="Links to it go on to lead there, commands need the new name"
            action="Rename"
            before={view.name}
            open={dialog === "rename"}
            mistake={rename.error?.message}
            onClose={close}
            onName={(name) => rename.mutate({ view, name })}
          />
          <RemoveViewDialog
            of={of}
            name={view.name}
            open={dialog === "remove"}
            mistake={drop.error?.message}
            onClose={close}
            onRemove={() => drop.mutate(view)}
          />
        </>
      )}
    </>
  );
}
