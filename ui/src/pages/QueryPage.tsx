/** `/p/:project/query`: questions in SQL. */

import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { invalidQueryParams, querySearch } from "../base/search";
import { QueryView } from "../features/query/QueryView";
import { SAVED_QUERIES } from "../features/query/saved";
import { InvalidParams } from "../widgets/InvalidParams";
import { SavedViewGate } from "../widgets/SavedViewGate";
import { useSavedView } from "../widgets/useSavedView";

const READING = { read: querySearch, invalid: invalidQueryParams };

export function QueryPage() {
  const { project } = useParams({ from: "/p/$project/query" });
  const raw = useSearch({ from: "/p/$project/query" });
  const saved = useSavedView(project, SAVED_QUERIES, raw, READING);
  useEffect(() => {
    const before = document.title;
    document.title = "Query · clew";
    return () => {
      document.title = before;
    };
  }, []);
  return (
    <>
      <InvalidParams names={saved.ignored} />
      <SavedViewGate of={SAVED_QUERIES} saved={saved} title="Query">
        <QueryView key={project} project={project} search={saved.shown} view={saved.view} />
      </SavedViewGate>
    </>
  );
}
